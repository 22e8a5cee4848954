/**
 * The reporting agent of small sites: reads this process's and the host's numbers, and posts them
 * to a metrics server.
 *
 * <p>A reading goes through {@link io.loda.agent.report.WaitingMetrics}, where the newest gauge and
 * the sum of a counter wait, into a {@link io.loda.agent.report.Batch}, whose bytes never change
 * again: however often it is sent, the server counts it once by its key. While a batch waits for
 * its answer no other is made, so that an older gauge never replaces a newer one.
 */
@NullMarked
package io.loda.agent.report;

import org.jspecify.annotations.NullMarked;
