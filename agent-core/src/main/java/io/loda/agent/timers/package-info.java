/** Timers, back-off and the spread of repeated actions, on one event loop. */
@NullMarked
package io.loda.agent.timers;

import org.jspecify.annotations.NullMarked;
