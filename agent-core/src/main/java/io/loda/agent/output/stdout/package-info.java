/** Messages to standard output, a line each. */
@NullMarked
package io.loda.agent.output.stdout;

import org.jspecify.annotations.NullMarked;
