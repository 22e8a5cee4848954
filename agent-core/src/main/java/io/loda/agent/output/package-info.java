/**
 * An output takes a message, refuses it for good, or fails and is retried. Each protocol is a
 * package below.
 */
@NullMarked
package io.loda.agent.output;

import org.jspecify.annotations.NullMarked;
