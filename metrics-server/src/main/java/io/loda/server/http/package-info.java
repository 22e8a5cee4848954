/**
 * The HTTP API of the server. One event loop handles requests; worker threads decompress, parse and
 * answer large ones.
 */
@NullMarked
package io.loda.server.http;

import org.jspecify.annotations.NullMarked;
