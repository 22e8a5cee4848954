/**
 * What waits for an output, and who sends it.
 *
 * <pre>
 *   points → OpenMessages → Waiting (queue: memory, or memory and spool) → Publisher → Output
 * </pre>
 *
 * <p>{@link io.loda.agent.delivery.DeliveryBuffer} puts points together into messages, on the
 * caller's thread. {@link io.loda.agent.delivery.Publisher} takes them on its event loop, one after
 * another, and says of each that it was delivered, or gives it back.
 */
@NullMarked
package io.loda.agent.delivery;

import org.jspecify.annotations.NullMarked;
