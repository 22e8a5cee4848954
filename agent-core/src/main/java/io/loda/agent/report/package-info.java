/**
 * The reporting agent of small sites: reads numbers of this process and of the host, and posts them
 * to a metrics server.
 *
 * <p>A reading waits in {@link io.loda.agent.report.WaitingMetrics}, and then becomes part of a
 * {@link io.loda.agent.report.Batch}. The bytes of a batch never change, so the server counts it
 * only once, by its key, even if it is sent again. No new batch is made while one has no answer, so
 * an older gauge never replaces a newer one.
 */
@NullMarked
package io.loda.agent.report;

import org.jspecify.annotations.NullMarked;
