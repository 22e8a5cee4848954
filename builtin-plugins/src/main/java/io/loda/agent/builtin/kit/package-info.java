/**
 * The shared parts of the measurements: the host's folders, the kernel's files as text, counters,
 * parameters, warnings.
 */
@NullMarked
package io.loda.agent.builtin.kit;

import org.jspecify.annotations.NullMarked;
