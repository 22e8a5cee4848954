package io.loda.agent.plugins;

import io.loda.agent.source.PluginRun;

/**
 * A run of the past.
 *
 * @param stderrDropped what it wrote had to make room for newer runs'
 */
public record RememberedRun(PluginRun run, boolean stderrDropped) {}
