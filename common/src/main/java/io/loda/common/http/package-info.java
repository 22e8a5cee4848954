/**
 * What every HTTP API of ours shares: bounded bodies and connections, answers in pieces, errors in
 * one form, unix sockets.
 */
@NullMarked
package io.loda.common.http;

import org.jspecify.annotations.NullMarked;
