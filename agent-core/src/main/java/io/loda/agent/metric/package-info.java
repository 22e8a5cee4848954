/** Metrics as JSON, the same rules for plugins and for posts. */
@NullMarked
package io.loda.agent.metric;

import org.jspecify.annotations.NullMarked;
