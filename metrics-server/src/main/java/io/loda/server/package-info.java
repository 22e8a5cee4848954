/**
 * The metrics server: takes gauges and counters of small sites over HTTP and keeps them in memory,
 * in a file or in PostgreSQL. It has nothing of the agent's.
 */
@NullMarked
package io.loda.server;

import org.jspecify.annotations.NullMarked;
