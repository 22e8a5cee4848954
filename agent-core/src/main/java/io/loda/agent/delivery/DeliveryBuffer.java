package io.loda.agent.delivery;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.queue.MessageQueue;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.HostBoot;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.Spool;
import io.loda.agent.delivery.spool.SpoolClock;
import io.loda.agent.delivery.spool.SpoolFiles;
import io.loda.agent.delivery.spool.SpoolFolder;
import io.loda.agent.point.EncodedPoints;
import io.loda.agent.point.Framing;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The queue of one output: gathers points into messages, and keeps the messages in order until they
 * are sent, in memory or on disk as {@code delivery.durability} says.
 *
 * <p>Bounded in bytes of heap. Over the bound it drops the oldest message of the topic that holds
 * most, and counts it. {@linkplain #promise Promised} points are never dropped: they are accepted
 * only where they fit. Any thread; no call blocks.
 */
public final class DeliveryBuffer {

  /** An open message costs memory however small it is: beyond this many the oldest is sealed. */
  private static final int MOST_OPEN = 10_000;

  private final LongSupplier maxMessageBytes;
  private final long maxDelayNanos;
  private final long maxOpenBytes;
  private final MessageQueue queue;
  private final Runnable onStart;
  private final Dropped dropped;
  private final LongSupplier nanoTime;

  private final OpenMessages open = new OpenMessages();

  private DeliveryBuffer(
      String output,
      AgentConfig.Delivery config,
      LongSupplier outputMaxBytes,
      @Nullable Spool spool,
      Executor worker,
      Dropped dropped,
      Runnable onStart,
      LongSupplier nanoTime) {
    this.maxMessageBytes = () -> Math.min(config.maxMessageBytes(), outputMaxBytes.getAsLong());
    this.maxDelayNanos = config.maxDelay().toNanos();
    this.maxOpenBytes = config.memoryBytes() / 2;
    this.queue = new MessageQueue(output, config, spool, worker, dropped, nanoTime);
    this.onStart = onStart;
    this.dropped = dropped;
    this.nanoTime = nanoTime;
    queue.gatherBy(() -> sealDue(true));
  }

  /**
   * Creates an empty buffer in memory, whatever the durability.
   *
   * @param output the output's name, for the log
   * @param outputMaxBytes the largest message that the output can take, as far as it knows
   */
  public DeliveryBuffer(
      String output,
      AgentConfig.Delivery config,
      LongSupplier outputMaxBytes,
      Discards discards,
      LongSupplier nanoTime) {
    this(
        output,
        config,
        outputMaxBytes,
        null,
        Runnable::run,
        new Dropped(output, discards),
        () -> {},
        nanoTime);
  }

  /**
   * Creates a buffer with the durability of {@code delivery.durability}, not started. A buffer in
   * memory warns at its start about files that an earlier durability left on disk.
   *
   * @param keepsPromises false: the output is optional now, so promised messages that an earlier
   *     process left on disk may be dropped
   * @param dataDir the data folder, which has or gets the output's spool
   * @param worker runs what blocks, one task at a time
   */
  public static DeliveryBuffer of(
      String output,
      AgentConfig.Delivery config,
      LongSupplier outputMaxBytes,
      Path dataDir,
      Executor worker,
      Discards discards,
      InstantSource clock,
      LongSupplier nanoTime,
      boolean keepsPromises) {
    Dropped dropped = new Dropped(output, discards);
    boolean inMemory = config.durability().equals("memory");
    SpoolFiles left = new SpoolFiles(dataDir, output);
    Spool spool =
        inMemory
            ? null
            : new Spool(
                SpoolFolder.of(dataDir, output),
                config,
                dropped,
                new SpoolClock(clock, nanoTime, HostBoot::read),
                nanoTime,
                keepsPromises);
    Runnable onStart = inMemory ? () -> worker.execute(() -> left.warnOfUnsent(output)) : () -> {};
    return new DeliveryBuffer(
        output, config, outputMaxBytes, spool, worker, dropped, onStart, nanoTime);
  }

  /**
   * Starts the queue.
   *
   * @param ready called, on any thread, when there may be something to take; must not block
   */
  public Future<Void> start(Runnable ready) {
    onStart.run();
    return queue.start(ready);
  }

  /** Returns the largest message in bytes: the smaller of the configured bound and the output's. */
  public long maxMessageBytes() {
    return maxMessageBytes.getAsLong();
  }

  /**
   * Adds points of one topic that may be dropped later. Copies them: the caller may reuse the
   * array.
   */
  public void add(String topic, Framing framing, EncodedPoints points) {
    synchronized (this) {
      boolean over = append(topic, framing, points, false);
      while (over) {
        // an open message can't be dropped, a sealed one can
        QueuedMessage sealed = open.sealOldestDroppable();
        if (sealed == null) {
          return;
        }
        over = queue.add(List.of(sealed), open.bytes());
      }
    }
  }

  /**
   * Adds points of one topic that nothing drops to make room: all of them, or none where they don't
   * fit here or the other outputs refuse them. The lock is held throughout, so nobody takes the
   * room in between.
   *
   * @param others adds them to the other outputs, or refuses; called under this buffer's lock
   * @return whether all outputs accepted them
   */
  public boolean promise(
      String topic, Framing framing, EncodedPoints points, BooleanSupplier others) {
    synchronized (this) {
      long growth = open.growth(topic, framing, points, maxMessageBytes(), false);
      if (!queue.hasRoom(growth) || !others.getAsBoolean()) {
        return false;
      }
      append(topic, framing, points, true);
      return true;
    }
  }

  private boolean append(String topic, Framing framing, EncodedPoints points, boolean promise) {
    List<QueuedMessage> sealed =
        open.append(topic, framing, points, promise, maxMessageBytes(), nanoTime.getAsLong());
    while (open.bytes() > maxOpenBytes || open.count() > MOST_OPEN) {
      QueuedMessage oldest = open.sealOldest();
      if (oldest == null) {
        break;
      }
      sealed.add(oldest);
    }
    // under the lock: messages of a topic keep their order
    return queue.add(sealed, open.bytes());
  }

  /** Returns how often {@link #sealDue} must be called. */
  Duration tick() {
    return Duration.ofNanos(Math.min(maxDelayNanos / 4, Duration.ofMillis(250).toNanos()));
  }

  /**
   * Seals the messages that have been open for half of {@code delivery.max-delay}; the other half
   * is for sending them or writing them to disk.
   *
   * @param all seals all, whatever their age
   */
  public void sealDue(boolean all) {
    synchronized (this) {
      List<QueuedMessage> sealed = open.sealDue(nanoTime.getAsLong(), maxDelayNanos / 2, all);
      queue.add(sealed, open.bytes());
    }
    if (!all) {
      queue.tick();
    }
  }

  /** Takes the oldest message; it still counts until {@link #done}. Null when none is ready. */
  public @Nullable QueuedMessage take() {
    return queue.take();
  }

  /** Forgets a taken message: it was delivered, or refused for good. */
  public void done(QueuedMessage entry) {
    queue.done(entry);
  }

  /** Puts taken messages that weren't delivered back to the front, in this order. */
  public void back(List<QueuedMessage> entries) {
    queue.back(entries);
  }

  /** Returns whether {@code bytes} more can be promised now. */
  public boolean hasRoom(long bytes) {
    return queue.hasRoom(bytes);
  }

  /** Returns whether {@code bytes} could be promised if the queue were empty. */
  public boolean canEverHold(long bytes) {
    return bytes <= queue.mostRoom();
  }

  /** Like its overload, for points counted with the overhead of queued messages. */
  public boolean canEverHold(String topic, Framing framing, EncodedPoints points) {
    synchronized (this) {
      return canEverHold(open.growth(topic, framing, points, maxMessageBytes(), true));
    }
  }

  /**
   * Succeeds when all that was added before is as safe as the durability promises: with {@code
   * sync} once it is forced to disk, else at once. Fails when the disk fails. Completes on any
   * thread.
   */
  public Future<Void> stored() {
    return queue.stored();
  }

  /** Seals all and succeeds when all of it is on disk; fails where it can't be. */
  Future<Void> flush() {
    sealDue(true);
    return queue.flush();
  }

  /**
   * Returns the points in sealed messages that are in memory only: they are lost when the process
   * ends.
   */
  long unsavedPoints() {
    return queue.unsavedPoints();
  }

  /**
   * Returns whether any waiting message can be sent: those that the disk can't read now don't
   * count.
   */
  boolean isMoreToCome() {
    MessageQueue.Amount amount = queue.amount();
    return amount.points() > amount.unreadablePoints();
  }

  /** Closes the queue; what is on disk stays there. */
  public Future<Void> close() {
    return queue.close();
  }

  MessageQueue.Amount amount() {
    return queue.amount();
  }

  /** Returns the points that were dropped from the queue. */
  long droppedPoints() {
    return dropped.total();
  }

  /** Returns the age of the oldest message; 0 for an empty queue. */
  long oldestSeconds() {
    OptionalLong since = queue.amount().oldestSinceNanos();
    return since.isEmpty()
        ? 0
        : TimeUnit.NANOSECONDS.toSeconds(Math.max(0, nanoTime.getAsLong() - since.getAsLong()));
  }

  /** Returns the points in the queue: open, in memory, on disk and being sent. */
  public long waitingPoints() {
    long opened;
    synchronized (this) {
      opened = open.points();
    }
    return opened + queue.amount().points();
  }

  /** Returns the heap bytes of all that waits. */
  public long waitingBytes() {
    long opened;
    synchronized (this) {
      opened = open.bytes();
    }
    return opened + queue.amount().memoryBytes();
  }
}
