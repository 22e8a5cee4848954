package io.loda.agent.cli;

import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;

/**
 * Tells a user at a terminal what a command does if it takes a while. It tells a script nothing,
 * nor anything about a command that ends at once.
 */
public final class AtWork {

  private static final Duration SOON = Duration.ofSeconds(1);

  private final Timer timer = new Timer("at-work", true);

  private AtWork() {}

  /**
   * Begins to wait.
   *
   * @param say prints the message; called on another thread
   */
  public static AtWork on(Runnable say) {
    return on(isTerminal(), SOON, say);
  }

  static AtWork on(boolean terminal, Duration after, Runnable say) {
    AtWork work = new AtWork();
    if (terminal) {
      TimerTask task =
          new TimerTask() {
            @Override
            public void run() {
              say.run();
            }
          };
      work.timer.schedule(task, after.toMillis());
    }
    return work;
  }

  private static boolean isTerminal() {
    try {
      Path real = SafeFiles.realPath(Path.of("/proc/self/fd/2"));
      return real.startsWith("/dev/pts") || real.startsWith("/dev/tty");
    } catch (IOException e) {
      // a pipe has no path
      return false;
    }
  }

  /** Ends the wait; idempotent. */
  public void end() {
    timer.cancel();
  }
}
