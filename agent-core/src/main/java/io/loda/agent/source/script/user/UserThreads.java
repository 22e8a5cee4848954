package io.loda.agent.source.script.user;

import io.loda.agent.source.script.system.ProcessStat;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Counts the threads of a user. The kernel counts all of them against a process's limit on
 * processes, so a run's limit has to be set on top of them. Threads in other PID namespaces count
 * too but aren't visible, so their number is found by trying. Any thread; blocks shortly.
 *
 * <p>Without that, one plugin that forks without end would keep all other plugins from starting.
 * Where the kernel refuses a start all the same, the threads are counted and the start is retried.
 */
public final class UserThreads {

  /** Counting takes longer than starting a plugin, so a count is reused for this time. */
  private static final Duration COUNT_AGAIN = Duration.ofSeconds(1);

  private static final Duration TRY_AGAIN = Duration.ofMinutes(1);
  private static final long FIRST_GUESS = 256;

  /** The most threads that a host can have. */
  private static final long MOST = 1L << 22;

  private final PluginUser user;
  private final AtomicReference<@Nullable Count> guessed = new AtomicReference<>();
  private final AtomicReference<@Nullable Count> last = new AtomicReference<>();

  public UserThreads(PluginUser user) {
    this.user = user;
  }

  private record Count(long threads, long nanoTime) {}

  /** Returns the number of threads, at most a second old. */
  public long recent() {
    Count count = last.get();
    return count != null && System.nanoTime() - count.nanoTime() < COUNT_AGAIN.toNanos()
        ? count.threads()
        : now();
  }

  /** Returns the number that was last found by trying, within a minute; otherwise 0. */
  public long hidden() {
    Count guess = guessed.get();
    return guess != null && System.nanoTime() - guess.nanoTime() < TRY_AGAIN.toNanos()
        ? guess.threads()
        : 0;
  }

  /**
   * Returns the number to try next after {@code tooFew}: the visible threads first, then ever more.
   *
   * @return negative: give up
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
