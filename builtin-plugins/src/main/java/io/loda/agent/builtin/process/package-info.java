/** The host's processes: their number, and those that a registry names. */
@NullMarked
package io.loda.agent.builtin.process;

import org.jspecify.annotations.NullMarked;
