/** Load for the metrics server. */
@NullMarked
package io.loda.server;

import org.jspecify.annotations.NullMarked;
