/** Timers, back-off and the spread of repeated actions, on one event loop. */
@NullMarked
package io.loda.agent.schedule.time;

import org.jspecify.annotations.NullMarked;
