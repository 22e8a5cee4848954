/** A run from its place in the queue to its result. */
@NullMarked
package io.loda.agent.source.script.run;

import org.jspecify.annotations.NullMarked;
