/**
 * Outputs: an output accepts a message, refuses it for good, or fails, and then the message is
 * retried. Each protocol has a package below.
 */
@NullMarked
package io.loda.agent.output;

import org.jspecify.annotations.NullMarked;
