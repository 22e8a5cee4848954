/**
 * Processes that a run by hand may leave running: the agent knows them after a restart, and bounds
 * them like a run.
 */
@NullMarked
package io.loda.agent.source.script.kept;

import org.jspecify.annotations.NullMarked;
