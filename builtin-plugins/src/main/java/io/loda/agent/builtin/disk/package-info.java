/** Block devices and file systems. */
@NullMarked
package io.loda.agent.builtin.disk;

import org.jspecify.annotations.NullMarked;
