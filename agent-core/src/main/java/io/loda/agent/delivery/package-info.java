/**
 * Delivery: the queue of an output, and the publisher that sends it.
 *
 * <pre>
 *   points → DeliveryBuffer (OpenMessages) → MessageQueue (memory, then spool) → Publisher → Output
 * </pre>
 *
 * <p>{@link io.loda.agent.delivery.DeliveryBuffer} gathers points into messages, on the caller's
 * thread. {@link io.loda.agent.delivery.Publisher} takes them on its event loop, oldest first, and
 * reports each as done, or gives it back to be retried.
 */
@NullMarked
package io.loda.agent.delivery;

import org.jspecify.annotations.NullMarked;
