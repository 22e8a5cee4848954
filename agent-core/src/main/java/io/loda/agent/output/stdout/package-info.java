/** Prints messages to standard output, one on each line. */
@NullMarked
package io.loda.agent.output.stdout;

import org.jspecify.annotations.NullMarked;
