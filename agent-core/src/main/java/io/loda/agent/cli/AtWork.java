package io.loda.agent.cli;

import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;

/**
 * Says to somebody at a terminal what a command is at, where that takes its time; nothing to a
 * script, and nothing of what is done at once.
 */
public final class AtWork {

  private static final Duration SOON = Duration.ofSeconds(1);

  private final Timer timer = new Timer("at-work", true);

  private AtWork() {}

  /**
   * Begins.
   *
   * @param say takes what is said; in another thread
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

  /** It is done; idempotent. */
  public void end() {
    timer.cancel();
  }
}
