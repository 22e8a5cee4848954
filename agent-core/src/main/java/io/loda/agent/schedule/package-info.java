/**
 * What runs when: a job for each assigned item, the circuit breaker that slows a failing one, and
 * streams.
 */
@NullMarked
package io.loda.agent.schedule;

import org.jspecify.annotations.NullMarked;
