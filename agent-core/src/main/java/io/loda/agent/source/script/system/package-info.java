/** What the kernel shows of processes, and commands of the host. */
@NullMarked
package io.loda.agent.source.script.system;

import org.jspecify.annotations.NullMarked;
