/**
 * Gauges and counters, and how they are read and written: a gauge is replaced, a counter is added
 * to. Nothing here knows of HTTP or of a store.
 */
@NullMarked
package io.loda.server.metric;

import org.jspecify.annotations.NullMarked;
