/** Timers, back-off and spread of what runs again and again, on one event loop. */
@NullMarked
package io.loda.agent.schedule.time;

import org.jspecify.annotations.NullMarked;
