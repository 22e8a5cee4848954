/**
 * The server's calls over HTTP. One event loop answers; large bodies are unpacked, read and
 * answered on worker threads.
 */
@NullMarked
package io.loda.server.http;

import org.jspecify.annotations.NullMarked;
