/** Lines of logs, counted and measured by patterns. */
@NullMarked
package io.loda.agent.builtin.log;

import org.jspecify.annotations.NullMarked;
