/**
 * Keeps metrics. {@link io.loda.server.store.MetricStore} is what the server sees of any of them;
 * one test, {@code MetricStoreContract}, holds for all.
 */
@NullMarked
package io.loda.server.store;

import org.jspecify.annotations.NullMarked;
