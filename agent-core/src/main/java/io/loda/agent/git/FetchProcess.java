package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.files.SafeFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches in a small JVM of its own, which is killed at the deadline with all that it started. Any
 * worker thread; blocks until the child is gone.
 */
final class FetchProcess implements Fetcher {

  private static final Logger LOG = LoggerFactory.getLogger(FetchProcess.class);
  private static final String MAIN = "io.loda.agent.Main";
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final int LONGEST_OUTPUT = 16 * 1024;
  private static final int OUT_OF_MEMORY = 3;
  private static final int KILL_SECONDS = 5;

  /** As little as does: it lives for a second, and the host is there for something else. */
  private static final List<String> SMALL =
      List.of(
          "-Xms8m",
          "-Xmx96m",
          "-Xss512k",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xshare:auto",
          "-XX:-UsePerfData",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:+DisplayVMOutputToStderr",
          // an archive that another JVM made isn't worth a word
          "-Xlog:disable",
          "-Dfile.encoding=UTF-8",
          SafeFiles.JVM_OPTION,
          // the child has no log: what matters is its answer
          "-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider",
          "-Dslf4j.internal.verbosity=ERROR");

  private final FetchClasses classes;
  private final Set<Process> running = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  FetchProcess(FetchClasses classes) {
    this.classes = classes;
  }

  /** Asks, and leaves nothing of a clone that failed; fails with what git said. */
  @Override
  public GitAnswer fetch(GitRequest request) throws IOException {
    try {
      Process process = start();
      running.add(process);
      try {
        return answer(process, request);
      } finally {
        kill(process);
        running.remove(process);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      SafeFiles.deleteTree(request.folder());
      throw new IOException("was interrupted", e);
    } catch (IOException e) {
      SafeFiles.deleteTree(request.folder());
      throw e;
    }
  }

  private Process start() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SMALL);
    command.addAll(classes.options());
    command.addAll(List.of("-cp", classes.classPath(), MAIN, GitFetch.COMMAND));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", PATH, "LANG", "C.UTF-8"));
    return builder.start();
  }

  private GitAnswer answer(Process process, GitRequest request)
      throws IOException, InterruptedException {
    if (closing) {
      throw new IOException("isn't fetched: the agent stops");
    }
    boolean asked = true;
    try {
      request.writeTo(process.getOutputStream());
    } catch (IOException e) {
      // it ended before; what it said is better than a broken pipe
      asked = false;
    }
    boolean ended = process.waitFor(request.settings().timeout().toMillis(), TimeUnit.MILLISECONDS);
    if (!ended) {
      throw new IOException(
          "took longer than plugins.git-timeout ("
              + request.settings().timeout().toSeconds()
              + " s)");
    }
    if (closing) {
      throw new IOException("isn't fetched: the agent stops");
    }
    String said = text(process.getErrorStream()).strip();
    if (process.exitValue() == 0 && asked) {
      if (!said.isEmpty()) {
        LOG.warn("git {}: {}", Addresses.withoutSecrets(request.address()), said);
      }
      return GitAnswer.of(text(process.getInputStream()));
    }
    if (process.exitValue() == 1 && !said.isEmpty()) {
      throw new IOException(said);
    }
    throw new IOException(
        process.exitValue() == OUT_OF_MEMORY
            ? "needs more memory to be fetched than a plugin's repository may: make it smaller"
            : "can't be fetched: the agent's git-fetch ended with exit "
                + process.exitValue()
                + (said.isEmpty() ? "" : ": " + said));
  }

  /** What there is to read, without waiting for more: the process has ended. */
  private static String text(InputStream stream) throws IOException {
    return new String(stream.readNBytes(Math.min(stream.available(), LONGEST_OUTPUT)), UTF_8);
  }

  private static void kill(Process process) {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    boolean interrupted = Thread.interrupted();
    try {
      process.waitFor(KILL_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    for (AutoCloseable pipe :
        List.of(process.getOutputStream(), process.getInputStream(), process.getErrorStream())) {
      try {
        pipe.close();
      } catch (Exception e) {
        // it is of no use any more
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends what is under way; idempotent, doesn't wait. */
  @Override
  public void close() {
    closing = true;
    running.forEach(Process::destroyForcibly);
  }
}
