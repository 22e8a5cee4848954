/**
 * What a run by hand leaves running and may: known over a restart of the agent, and bounded as a
 * run is.
 */
@NullMarked
package io.loda.agent.source.script.kept;

import org.jspecify.annotations.NullMarked;
