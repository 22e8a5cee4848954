/**
 * The common part of all HTTP APIs: bounded bodies and connections, answers in pieces, uniform
 * errors, unix sockets.
 */
@NullMarked
package io.loda.common.http;

import org.jspecify.annotations.NullMarked;
