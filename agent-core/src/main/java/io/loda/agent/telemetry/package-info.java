/** The agent's own counters. */
@NullMarked
package io.loda.agent.telemetry;

import org.jspecify.annotations.NullMarked;
