package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Tells an event loop that was held up by what it calls, as an agent's log says, from one that the
 * machine held up: it stood still, or others had its processors. A thread of the test's sees that,
 * by how late it comes itself, and by how long the kernel let the loops wait for their turn.
 */
final class Loops {

  private static final long LIMIT_MILLIS = 200;
  private static final long START_LIMIT_MILLIS = 2_000;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final Pattern BLOCKED =
      Pattern.compile("^(\\S+) .*Thread (\\S+) has been blocked for (\\d+) ms");

  /** How long each loop has waited for a processor, in ns. */
  private final Map<Path, Long> waited = new ConcurrentHashMap<>();

  /** The time, and how long the machine had held up loops till then; ms. */
  private final NavigableMap<Long, Long> held = new ConcurrentSkipListMap<>();

  private final AtomicLong stoodStillNanos = new AtomicLong();

  /** Once that a loop was held up: the log says it again and again as long as it lasts. */
  private record Block(String thread, long end, long millis) {

    long start() {
      return end - millis;
    }

    /** Whether the log says of this one once more. */
    boolean goesOnAs(Block next) {
      return thread.equals(next.thread)
          && next.millis > millis
          && Math.abs(next.start() - start()) < LIMIT_MILLIS;
    }
  }

  /** Looks after the loops of a process until it ends. */
  void watch(ProcessHandle agent) {
    Thread watch = new Thread(() -> lookUntilItEnds(agent), "loops");
    watch.setDaemon(true);
    watch.start();
  }

  private void lookUntilItEnds(ProcessHandle agent) {
    Set<Path> others = new HashSet<>();
    long last = System.nanoTime();
    while (agent.isAlive()) {
      look(agent.pid(), others);
      try {
        TimeUnit.NANOSECONDS.sleep(LOOK_NANOS);
      } catch (InterruptedException e) {
        return;
      }
      long now = System.nanoTime();
      long late = now - last - LOOK_NANOS;
      if (late > LOOK_NANOS) {
        stoodStillNanos.addAndGet(late);
      }
      last = now;
    }
  }

  private void look(long pid, Set<Path> others) {
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path task : tasks.filter(task -> !others.contains(task)).toList()) {
        String name = Files.readString(task.resolve("comm"));
        if (name.startsWith("vert.x-eventloo")) {
          // time on a processor, time of waiting for one
          String[] times = Files.readString(task.resolve("schedstat")).split(" ", -1);
          waited.put(task, Long.parseLong(times[1]));
        } else if (!name.startsWith("java")) {
          // as each is called at first
          others.add(task);
        }
      }
    } catch (IOException e) {
      // it, or a thread of it, has ended
    }
    long all = stoodStillNanos.get() + waited.values().stream().mapToLong(Long::longValue).sum();
    held.put(System.currentTimeMillis(), TimeUnit.NANOSECONDS.toMillis(all));
  }

  /** How long the machine has stood still so far, as a thread that wanted to run saw it. */
  long stoodStillMillis() {
    return TimeUnit.NANOSECONDS.toMillis(stoodStillNanos.get());
  }

  /**
   * Fails when an event loop was held up for 200 ms by what it calls. Once is forgiven: a shared
   * machine's disk may do as much, whereas a call that blocks does so each time. Until the agent
   * answered, only what takes long counts: it loads and compiles its classes.
   *
   * @param startLog what it logged before it answered
   */
  void assertThatNoneWasBlocked(String startLog, String log) {
    assertThat(blocks(startLog.lines().toList(), START_LIMIT_MILLIS)).isEmpty();
    List<String> later = new ArrayList<>(log.lines().toList());
    later.removeAll(startLog.lines().toList());
    assertThat(blocks(later, LIMIT_MILLIS)).hasSizeLessThanOrEqualTo(1);
  }

  /** Those that would have lasted as long had the machine held up nothing. */
  private List<Block> blocks(List<String> log, long limitMillis) {
    List<Block> blocks = new ArrayList<>();
    for (String line : log) {
      Matcher matcher = BLOCKED.matcher(line);
      if (matcher.find()) {
        long end = OffsetDateTime.parse(matcher.group(1)).toInstant().toEpochMilli();
        Block next = new Block(matcher.group(2), end, Long.parseLong(matcher.group(3)));
        blocks.removeIf(block -> block.goesOnAs(next));
        blocks.add(next);
      }
    }
    blocks.removeIf(block -> block.millis - heldIn(block) < limitMillis);
    return blocks;
  }

  /** How long the machine held up loops in this time. */
  private long heldIn(Block block) {
    Map.Entry<Long, Long> before = held.floorEntry(block.start());
    Map.Entry<Long, Long> after = held.ceilingEntry(block.end);
    return (after == null ? last() : after.getValue()) - (before == null ? 0 : before.getValue());
  }

  private long last() {
    return held.isEmpty() ? 0 : held.lastEntry().getValue();
  }
}
