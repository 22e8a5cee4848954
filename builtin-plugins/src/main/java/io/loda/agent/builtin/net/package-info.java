/** Interfaces, sockets and TCP. */
@NullMarked
package io.loda.agent.builtin.net;

import org.jspecify.annotations.NullMarked;
