/** A program's own counters, and the budget of its memory. */
@NullMarked
package io.loda.common.telemetry;

import org.jspecify.annotations.NullMarked;
