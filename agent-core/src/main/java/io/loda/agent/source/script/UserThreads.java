package io.loda.agent.source.script;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * How many threads a user has. The system counts all of them against a process' limit on processes,
 * so that a run can be given its own only beside them. Any thread; blocks shortly.
 */
final class UserThreads {

  /** To count them takes longer than to start a plugin. */
  private static final Duration COUNT_AGAIN = Duration.ofSeconds(1);

  private final PluginUser user;
  private final AtomicReference<@Nullable Count> last = new AtomicReference<>();

  UserThreads(PluginUser user) {
    this.user = user;
  }

  private record Count(long threads, long nanoTime) {}

  /** As they were at most a second ago. */
  long recent() {
    Count count = last.get();
    return count != null && System.nanoTime() - count.nanoTime() < COUNT_AGAIN.toNanos()
        ? count.threads()
        : now();
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
