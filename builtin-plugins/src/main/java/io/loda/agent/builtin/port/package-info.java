/** Ports and addresses of others, asked over TCP, TLS and HTTP. */
@NullMarked
package io.loda.agent.builtin.port;

import org.jspecify.annotations.NullMarked;
