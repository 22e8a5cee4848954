/** Script plugins: the process, its limits, and what it prints. */
@NullMarked
package io.loda.agent.source.script;

import org.jspecify.annotations.NullMarked;
