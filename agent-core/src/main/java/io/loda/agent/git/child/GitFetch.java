package io.loda.agent.git.child;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.git.exchange.GitAnswer;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.common.config.Secrets;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The command {@code agent git-fetch}: asks one repository for its newest commit and clones it if
 * it is new. The agent runs it as a child process, so that whatever a server or a repository does
 * ends with this process.
 */
public final class GitFetch {

  public static final String COMMAND = "git-fetch";

  private static final int LONGEST_ERROR = 4_000;
  private static final int FAILED = 1;
  private static final int ORPHANED = 4;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  /** A thread whose answer is just arriving may look interrupted for a moment, too. */
  private static final int LOOKS_THAT_FIND_IT_INTERRUPTED = 3;

  private GitFetch() {}

  /**
   * Handles the request on standard input; blocks.
   *
   * @param out gets one line of JSON, {@code {"commit":"…","cloned":true}}
   * @param err gets errors and warnings, without passwords
   * @return the exit code: 0 done, 1 failed
   */
  public static int run(InputStream in, PrintStream out, PrintStream err) {
    // JGit prints messages about local repositories to it
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8));
    try {
      GitRequest request = GitRequest.readFrom(in);
      endWithTheAgent(in);
      endWithASilentServer(Thread.currentThread(), request.settings().silence(), err);
      // a fetch may connect twice, with the same warning
      Set<String> warnings = new LinkedHashSet<>();
      out.println(fetch(request, warnings::add).json());
      warnings.forEach(err::println);
      return 0;
    } catch (IOException | RuntimeException e) {
      String text = Secrets.hidden(String.valueOf(e.getMessage() == null ? e : e.getMessage()));
      err.println(text.length() > LONGEST_ERROR ? text.substring(0, LONGEST_ERROR) : text);
      return FAILED;
    }
  }

  /** Fetches in this process. */
  public static GitAnswer fetch(GitRequest request) throws IOException {
    return fetch(request, warning -> {});
  }

  private static GitAnswer fetch(GitRequest request, Consumer<String> warnings) throws IOException {
    try (SshTransportSetup ssh = new SshTransportSetup(request.settings(), warnings)) {
      GitClone git = new GitClone(request.settings(), ssh);
      GitClone.Head head = git.head(request.address(), request.ref());
      if (request.have().contains(head.commit())) {
        return new GitAnswer(head.commit(), false);
      }
      return new GitAnswer(git.clone(request.address(), head, request.folder()), true);
    }
  }

  /** Exits at the end of standard input: the agent has ended, perhaps killed. */
  private static void endWithTheAgent(InputStream in) {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (in.read() >= 0) {
                  // ignore it: no further input is expected
                }
              } catch (IOException e) {
                // an error counts as the end of input
              }
              Runtime.getRuntime().halt(ORPHANED);
            },
            "parent");
    watch.setDaemon(true);
    watch.start();
  }

  /**
   * Exits when a server is silent. JGit interrupts the waiting thread, but in Java that doesn't end
   * a socket read, so {@code git://} would hang.
   */
  private static void endWithASilentServer(Thread waiting, Duration silence, PrintStream err) {
    Thread watch =
        new Thread(
            () -> {
              int looks = 0;
              while (looks < LOOKS_THAT_FIND_IT_INTERRUPTED) {
                LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
                looks = waiting.isInterrupted() ? looks + 1 : 0;
              }
              err.println(
                  "can't be read: the server said nothing for "
                      + silence.toSeconds()
                      + " s, a third of plugins.git-timeout");
              err.flush();
              Runtime.getRuntime().halt(FAILED);
            },
            "silence");
    watch.setDaemon(true);
    watch.start();
  }
}
