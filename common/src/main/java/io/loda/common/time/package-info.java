/** Waiting: the back-off after failures, and the pace of reading and sending. JDK only. */
@NullMarked
package io.loda.common.time;

import org.jspecify.annotations.NullMarked;
