/** Processes as the kernel shows them, and commands of the host. */
@NullMarked
package io.loda.agent.source.script.system;

import org.jspecify.annotations.NullMarked;
