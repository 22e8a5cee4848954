/** One file a protocol, and the table of their names. */
@NullMarked
package io.loda.agent.output;

import org.jspecify.annotations.NullMarked;
