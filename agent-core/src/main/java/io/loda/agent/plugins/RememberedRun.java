package io.loda.agent.plugins;

import io.loda.agent.source.PluginRun;

/**
 * A run of the past.
 *
 * @param stderrDropped its output was dropped to make room for that of newer runs
 */
public record RememberedRun(PluginRun run, boolean stderrDropped) {}
