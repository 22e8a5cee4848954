/**
 * Messages in the order in which they came, bounded in bytes: in memory, or in memory first and on
 * disk then. A post asks whether there is room; what is scheduled pushes out the oldest that is
 * scheduled.
 */
@NullMarked
package io.loda.agent.delivery.queue;

import org.jspecify.annotations.NullMarked;
