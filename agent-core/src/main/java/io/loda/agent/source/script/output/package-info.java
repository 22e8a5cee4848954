/** Parses the output of plugins. */
@NullMarked
package io.loda.agent.source.script.output;

import org.jspecify.annotations.NullMarked;
