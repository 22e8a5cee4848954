/** Control groups of containers, and the names that Docker and containerd have for them. */
@NullMarked
package io.loda.agent.builtin.container;

import org.jspecify.annotations.NullMarked;
