/** The host's processes: their number, and those selected by a registry. */
@NullMarked
package io.loda.agent.builtin.process;

import org.jspecify.annotations.NullMarked;
