package io.loda.agent.delivery;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.queue.MemoryQueue;
import io.loda.agent.delivery.queue.SpillQueue;
import io.loda.agent.delivery.queue.Waiting;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Entry;
import io.loda.agent.delivery.spool.HostBoot;
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
 * What waits for one output: points are gathered into messages, messages wait in order, as the
 * configuration's durability says in memory or on disk.
 *
 * <p>Bounded in bytes of the heap: over the limit the oldest message goes of the topic that holds
 * most, and is counted. What is {@linkplain #promise promised} never goes: it is taken only where
 * it fits. Any thread; nothing is waited for under the lock.
 */
public final class DeliveryBuffer {

  /** Each costs memory, however little there is of it: with more, the oldest is a message. */
  private static final int MOST_OPEN = 10_000;

  private final LongSupplier maxMessageBytes;
  private final long maxDelayNanos;
  private final long maxOpenBytes;
  private final Waiting queue;
  private final Dropped dropped;
  private final LongSupplier nanoTime;

  private final OpenMessages open = new OpenMessages();

  private DeliveryBuffer(
      AgentConfig.Delivery config,
      LongSupplier outputMaxBytes,
      Waiting queue,
      Dropped dropped,
      LongSupplier nanoTime) {
    this.maxMessageBytes = () -> Math.min(config.maxMessageBytes(), outputMaxBytes.getAsLong());
    this.maxDelayNanos = config.maxDelay().toNanos();
    this.maxOpenBytes = config.memoryBytes() / 2;
    this.queue = queue;
    this.dropped = dropped;
    this.nanoTime = nanoTime;
  }

  /**
   * An empty buffer in memory, whatever the durability.
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
    this(config, outputMaxBytes, new Dropped(output, discards), () -> {}, nanoTime);
  }

  private DeliveryBuffer(
      AgentConfig.Delivery config,
      LongSupplier outputMaxBytes,
      Dropped dropped,
      Runnable onStart,
      LongSupplier nanoTime) {
    this(
        config,
        outputMaxBytes,
        new MemoryQueue(config.memoryBytes(), dropped, onStart),
        dropped,
        nanoTime);
  }

  /**
   * A buffer in memory that says at its start what another durability left on disk.
   *
   * @param dataDir below which a spool may be
   * @param worker runs what blocks
   */
  public static DeliveryBuffer inMemory(
      String output,
      AgentConfig.Delivery config,
      LongSupplier outputMaxBytes,
      Path dataDir,
      Executor worker,
      Discards discards,
      LongSupplier nanoTime) {
    SpoolFiles left = new SpoolFiles(dataDir, output);
    return new DeliveryBuffer(
        config,
        outputMaxBytes,
        new Dropped(output, discards),
        () -> worker.execute(() -> left.warnOfUnsent(output)),
        nanoTime);
  }

  /**
   * A buffer on disk too, not started.
   *
   * @param keepsPromises false: what was promised before the output became optional may be dropped
   * @param dataDir below which its spool is
   * @param worker runs what blocks, one task at a time
   */
  public static DeliveryBuffer spooled(
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
    Spool spool =
        new Spool(
            SpoolFolder.of(dataDir, output),
            config,
            dropped,
            new SpoolClock(clock, nanoTime, HostBoot::read),
            nanoTime,
            keepsPromises);
    SpillQueue queue = new SpillQueue(output, config, spool, worker, dropped, nanoTime);
    DeliveryBuffer buffer = new DeliveryBuffer(config, outputMaxBytes, queue, dropped, nanoTime);
    queue.gatherBy(() -> buffer.sealDue(true));
    return buffer;
  }

  /**
   * Prepares.
   *
   * @param ready called, from any thread, when there may be something to take; must not block
   */
  public Future<Void> start(Runnable ready) {
    return queue.start(ready);
  }

  /** The most bytes that a message may have. */
  public long maxMessageBytes() {
    return maxMessageBytes.getAsLong();
  }

  /**
   * Takes encoded points of one topic, which may be dropped; the array may be cleared and used
   * again afterwards.
   */
  public void add(String topic, Framing framing, EncodedPoints points) {
    synchronized (this) {
      boolean over = append(topic, framing, points, false);
      while (over) {
        // what is gathered can't be dropped, what is a message can
        Entry sealed = open.sealOldestDroppable();
        if (sealed == null) {
          return;
        }
        over = queue.add(List.of(sealed), open.bytes());
      }
    }
  }

  /**
   * Takes encoded points of one topic for good: nothing drops them to make room. All of them or
   * none, as there is room and the others take them too; nobody else can have the room meanwhile.
   *
   * @param others takes them for other outputs, or refuses; called with this buffer locked
   * @return whether all took them
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
    List<Entry> sealed =
        open.append(topic, framing, points, promise, maxMessageBytes(), nanoTime.getAsLong());
    while (open.bytes() > maxOpenBytes || open.count() > MOST_OPEN) {
      Entry oldest = open.sealOldest();
      if (oldest == null) {
        break;
      }
      sealed.add(oldest);
    }
    // in the lock: messages of a topic stay in their order
    return queue.add(sealed, open.bytes());
  }

  /** How often {@link #sealDue} is to be called. */
  Duration tick() {
    return Duration.ofNanos(Math.min(maxDelayNanos / 4, Duration.ofMillis(250).toNanos()));
  }

  /**
   * Makes messages of what waited for half of the delay: the other half is for sending it, or for
   * bringing it to disk.
   *
   * @param all whatever its age
   */
  public void sealDue(boolean all) {
    synchronized (this) {
      List<Entry> sealed = open.sealDue(nanoTime.getAsLong(), maxDelayNanos / 2, all);
      queue.add(sealed, open.bytes());
    }
    if (!all) {
      queue.tick();
    }
  }

  /** The oldest message; it stays counted until {@link #done}. Null when nothing is ready. */
  public @Nullable Entry take() {
    return queue.take();
  }

  /** A message that was taken is delivered, or given up. */
  public void done(Entry entry) {
    queue.done(entry);
  }

  /**
   * Messages that were taken and aren't delivered are to be taken again, first and in this order.
   */
  public void back(List<Entry> entries) {
    queue.back(entries);
  }

  /** Whether so many bytes more may be promised now. */
  public boolean hasRoom(long bytes) {
    return queue.hasRoom(bytes);
  }

  /** Whether so many bytes might be promised while nothing else waits. */
  public boolean canEverHold(long bytes) {
    return bytes <= queue.mostRoom();
  }

  /** The same of points, as they would wait. */
  public boolean canEverHold(String topic, Framing framing, EncodedPoints points) {
    synchronized (this) {
      return canEverHold(open.growth(topic, framing, points, maxMessageBytes(), true));
    }
  }

  /**
   * Succeeds when all that was added before is as safe as the durability promises: with {@code
   * sync} when it is on disk, else at once. Fails when it waits in memory only. On any thread.
   */
  public Future<Void> stored() {
    return queue.stored();
  }

  /** Succeeds when all that waits outlives the process; fails where it can't. */
  Future<Void> flush() {
    sealDue(true);
    return queue.flush();
  }

  /** Points that wait where the end of the process ends them too; all of them are messages. */
  long unsavedPoints() {
    return queue.unsavedPoints();
  }

  /** Whether something waits that will be taken: not what the disk doesn't give back. */
  boolean isMoreToCome() {
    Waiting.Amount amount = queue.amount();
    return amount.points() > amount.unreadablePoints();
  }

  /** Closes; what waits on disk stays there. */
  public Future<Void> close() {
    return queue.close();
  }

  Waiting.Amount amount() {
    return queue.amount();
  }

  /** Points that were dropped while they waited. */
  long droppedPoints() {
    return dropped.total();
  }

  /** How long the oldest message waits; 0 when nothing waits. */
  long oldestSeconds() {
    OptionalLong since = queue.amount().oldestSinceNanos();
    return since.isEmpty()
        ? 0
        : TimeUnit.NANOSECONDS.toSeconds(Math.max(0, nanoTime.getAsLong() - since.getAsLong()));
  }

  /** Points that wait, wherever, those that are being sent included. */
  public long waitingPoints() {
    long opened;
    synchronized (this) {
      opened = open.points();
    }
    return opened + queue.amount().points();
  }

  /** What all that waits takes of memory. */
  public long waitingBytes() {
    long opened;
    synchronized (this) {
      opened = open.bytes();
    }
    return opened + queue.amount().memoryBytes();
  }
}
