/** Runs of script plugins, from the queue to the result. */
@NullMarked
package io.loda.agent.source.script.run;

import org.jspecify.annotations.NullMarked;
