/** The counters of a program, and its memory budget. */
@NullMarked
package io.loda.common.telemetry;

import org.jspecify.annotations.NullMarked;
