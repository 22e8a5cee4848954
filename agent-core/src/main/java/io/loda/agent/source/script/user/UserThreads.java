package io.loda.agent.source.script.user;

import io.loda.agent.source.script.system.ProcessStat;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How many threads a user has. The system counts all of them against a process' limit on processes,
 * so that a run can be given its own only beside them; also those in other PID namespaces, which
 * nobody here can count, so that their number is found by trying. Any thread; blocks shortly.
 */
public final class UserThreads {

  /** To count them takes longer than to start a plugin. */
  private static final Duration COUNT_AGAIN = Duration.ofSeconds(1);

  private static final Duration TRY_AGAIN = Duration.ofMinutes(1);
  private static final long FIRST_GUESS = 256;

  /** As many as there can be on a host. */
  private static final long MOST = 1L << 22;

  private final PluginUser user;
  private final AtomicReference<@Nullable Count> guessed = new AtomicReference<>();
  private final AtomicReference<@Nullable Count> last = new AtomicReference<>();

  public UserThreads(PluginUser user) {
    this.user = user;
  }

  private record Count(long threads, long nanoTime) {}

  /** As they were at most a second ago. */
  public long recent() {
    Count count = last.get();
    return count != null && System.nanoTime() - count.nanoTime() < COUNT_AGAIN.toNanos()
        ? count.threads()
        : now();
  }

  /** What was enough the last time that it was found by trying, within a minute; else 0. */
  public long hidden() {
    Count guess = guessed.get();
    return guess != null && System.nanoTime() - guess.nanoTime() < TRY_AGAIN.toNanos()
        ? guess.threads()
        : 0;
  }

  /**
   * What to try after this many weren't enough: those that can be counted, and then ever more.
   *
   * @return negative: nothing more
   */
  public long moreThan(long tooFew) {
    long counted = now();
    long more = counted > tooFew ? counted : Math.max(FIRST_GUESS, 2 * tooFew);
    if (more > MOST) {
      return -1;
    }
    guessed.set(new Count(more, System.nanoTime()));
    return more;
  }

  long now() {
    AtomicLong threads = new AtomicLong();
    ProcessStat.forEach(
        (process, stat) -> {
          if (PluginUser.ownerOf(process) == user.uid()) {
            threads.addAndGet(stat.threads());
          }
        });
    last.set(new Count(threads.get(), System.nanoTime()));
    return threads.get();
  }
}
