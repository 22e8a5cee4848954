/** Java virtual machines, by what they show in a file. */
@NullMarked
package io.loda.agent.builtin.jvm;

import org.jspecify.annotations.NullMarked;
