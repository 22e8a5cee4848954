/**
 * Who runs what and when: a job for each item that is assigned, the breaker that slows one that
 * fails, and streams.
 */
@NullMarked
package io.loda.agent.schedule;

import org.jspecify.annotations.NullMarked;
