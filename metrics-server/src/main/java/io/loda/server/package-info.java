/**
 * The metrics server: accepts gauges and counters of small sites over HTTP, and stores them in
 * memory, in a file or in PostgreSQL. It uses no class of the agent.
 */
@NullMarked
package io.loda.server;

import org.jspecify.annotations.NullMarked;
