package io.loda.agent.delivery;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.output.Message;
import io.loda.agent.telemetry.Discards;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What waits in memory for one output: points are gathered into messages, messages wait in order.
 *
 * <p>Bounded in bytes: over the limit the oldest message goes, and is counted. Any thread; nothing
 * is waited for under the lock.
 */
public final class DeliveryBuffer {

  private final String output;
  private final long maxMessageBytes;
  private final long maxDelayNanos;
  private final long maxBytes;
  private final Discards discards;
  private final LongSupplier nanoTime;

  private final Map<String, OpenMessage> open = new LinkedHashMap<>();
  private final Deque<Message> sealed = new ArrayDeque<>();
  private long openBytes;
  private long sealedBytes;
  private long waitingPoints;
  private @Nullable Message inFlight;
  private Runnable onSealed = () -> {};

  /**
   * An empty buffer.
   *
   * @param output the output's name, for the log
   * @param outputMaxBytes the largest message that the output can take
   */
  public DeliveryBuffer(
      String output,
      AgentConfig.Delivery config,
      long outputMaxBytes,
      Discards discards,
      LongSupplier nanoTime) {
    this.output = output;
    this.maxMessageBytes = Math.min(config.maxMessageBytes(), outputMaxBytes);
    this.maxDelayNanos = config.maxDelay().toNanos();
    this.maxBytes = config.memoryBytes();
    this.discards = discards;
    this.nanoTime = nanoTime;
  }

  /** Called, from any thread and outside the lock, whenever a message became ready. */
  public synchronized void onSealed(Runnable listener) {
    onSealed = listener;
  }

  /** Takes encoded points of one topic. */
  public void add(String topic, Framing framing, EncodedPoints points) {
    Runnable listener = null;
    synchronized (this) {
      for (int i = 0; i < points.count(); i++) {
        if (append(topic, framing, points.array(), points.start(i), points.end(i))) {
          listener = onSealed;
        }
      }
      makeRoom();
    }
    if (listener != null) {
      listener.run();
    }
  }

  private boolean append(String topic, Framing framing, byte[] array, int start, int end) {
    boolean seals = false;
    OpenMessage message = open.get(topic);
    if (message != null && message.sizeWith(end - start) > maxMessageBytes) {
      seal(topic, message);
      message = null;
      seals = true;
    }
    if (message == null) {
      message = new OpenMessage(topic, framing, nanoTime.getAsLong());
      open.put(topic, message);
    }
    long before = message.size();
    message.append(array, start, end - start);
    openBytes += message.size() - before;
    waitingPoints++;
    return seals;
  }

  private void seal(String topic, OpenMessage message) {
    open.remove(topic);
    openBytes -= message.size();
    Message done = message.seal();
    sealed.addLast(done);
    sealedBytes += done.body().length;
  }

  private void makeRoom() {
    while (openBytes + sealedBytes > maxBytes) {
      if (sealed.isEmpty()) {
        // everything is in open messages: the oldest of them is the oldest there is
        Map.Entry<String, OpenMessage> oldest = open.entrySet().iterator().next();
        seal(oldest.getKey(), oldest.getValue());
      }
      Message dropped = sealed.removeFirst();
      sealedBytes -= dropped.body().length;
      waitingPoints -= dropped.points();
      discards.count(
          "buffer-full",
          dropped.points(),
          "output "
              + output
              + " takes less than comes, and delivery.memory ("
              + maxBytes
              + " bytes) is full: the oldest goes");
    }
  }

  /**
   * Makes messages of what waited long enough.
   *
   * @param all whatever its age
   */
  public void sealDue(boolean all) {
    Runnable listener = null;
    synchronized (this) {
      long now = nanoTime.getAsLong();
      for (Iterator<OpenMessage> it = List.copyOf(open.values()).iterator(); it.hasNext(); ) {
        OpenMessage message = it.next();
        if (all || now - message.sinceNanos() >= maxDelayNanos) {
          seal(message.topic(), message);
          listener = onSealed;
        }
      }
    }
    if (listener != null) {
      listener.run();
    }
  }

  /** The oldest message; it stays counted until {@link #done}. Null when nothing is ready. */
  public synchronized @Nullable Message take() {
    if (inFlight == null) {
      inFlight = sealed.pollFirst();
      if (inFlight != null) {
        sealedBytes -= inFlight.body().length;
      }
    }
    return inFlight;
  }

  /** The message that was taken is delivered, or given up. */
  public synchronized void done() {
    if (inFlight != null) {
      waitingPoints -= inFlight.points();
      inFlight = null;
    }
  }

  /** Points that wait, the one in flight included. */
  public synchronized long waitingPoints() {
    return waitingPoints;
  }

  /** Bytes that wait, the message in flight excluded. */
  public synchronized long waitingBytes() {
    return openBytes + sealedBytes;
  }
}
