/**
 * The stores of metrics. The server uses only the interface {@link
 * io.loda.server.store.MetricStore}; one test, {@code MetricStoreContract}, runs against each
 * store.
 */
@NullMarked
package io.loda.server.store;

import org.jspecify.annotations.NullMarked;
