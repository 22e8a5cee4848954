/**
 * An output, seen by those who send: it takes a message, refuses it, or fails. Each protocol is a
 * package below.
 */
@NullMarked
package io.loda.agent.output;

import org.jspecify.annotations.NullMarked;
