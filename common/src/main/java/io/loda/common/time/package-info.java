/** How long to wait: after a failure, and for what was read or sent before. JDK only. */
@NullMarked
package io.loda.common.time;

import org.jspecify.annotations.NullMarked;
