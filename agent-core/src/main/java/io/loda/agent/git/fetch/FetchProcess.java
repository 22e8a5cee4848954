package io.loda.agent.git.fetch;

import io.loda.agent.git.child.GitFetch;
import io.loda.agent.git.commit.CommitFiles;
import io.loda.agent.git.exchange.GitAnswer;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.common.config.Secrets;
import io.loda.common.files.Owners;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches in a small child JVM, which is killed at the deadline with all processes that it started.
 * Any worker thread; blocks until the child has ended.
 */
public final class FetchProcess implements Fetcher {

  private static final Logger LOG = LoggerFactory.getLogger(FetchProcess.class);
  private static final String MAIN = "io.loda.agent.Main";

  /** The child's environment. */
  static final Map<String, String> ENVIRONMENT =
      Map.of(
          "PATH",
          "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "LANG",
          "C.UTF-8");

  private static final String NEW = "new";
  private static final int OUT_OF_MEMORY = 3;
  private static final int KILL_SECONDS = 5;

  /** The JVM's options: for a small process, as it lives for a second on a busy host. */
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
          // otherwise an archive of another JVM would cause messages
          "-Xlog:disable",
          "-Dfile.encoding=UTF-8",
          SafeFiles.JVM_OPTION,
          // the child needs no log: only its answer counts
          "-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider",
          "-Dslf4j.internal.verbosity=ERROR");

  private final FetchClasses classes;
  private final Workplaces workplaces;
  private final FetchLibrary library;
  private final Set<Process> running = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  /**
   * Starts nothing yet.
   *
   * @param workplaces where children work
   */
  public FetchProcess(FetchClasses classes, Workplaces workplaces) {
    this.classes = classes;
    this.workplaces = workplaces;
    this.library = new FetchLibrary(classes, workplaces.dir().resolve("lib"));
  }

  /** Fetches; fails with git's message, and deletes the files of a failed clone. */
  @Override
  public GitAnswer fetch(GitRequest request) throws IOException {
    try (Workplace place = workplaces.open()) {
      return place.user().isPresent()
          ? fetch(request, place, place.user().get())
          : answer(request, Map.of(), place, classes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      SafeFiles.deleteTree(request.folder());
      throw new IOException("was interrupted", e);
    } catch (IOException e) {
      SafeFiles.deleteTree(request.folder());
      throw e;
    }
  }

  /** Fetches as another user: the child gets copies of its files, and the result is copied back. */
  private GitAnswer fetch(GitRequest request, Workplace place, FetchUser user)
      throws IOException, InterruptedException {
    HandedOver files = HandedOver.in(place, request);
    Path made = place.folder().resolve(NEW);
    GitAnswer answer;
    try {
      try {
        answer = answer(files.request(made), files.system(), place, library.readable());
      } finally {
        // otherwise a process that the child left could change what is read now
        place.end();
        warn(request, files.takeBack());
      }
    } catch (IOException e) {
      throw new IOException(files.inOurWords(String.valueOf(e.getMessage())), e);
    }
    if (answer.cloned()) {
      SafeFiles.copyTree(
          made,
          request.folder(),
          new Owners(Set.of(user.id())),
          CommitFiles.BOUNDS,
          request.settings().maxBytes() + CommitFiles.MAX_OWN_BYTES);
      // access is set on the folder of all versions
      Files.setPosixFilePermissions(request.folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return answer;
  }

  private Process start(Workplace place, FetchClasses from, Path out, Path err) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SMALL);
    if (place.user().isPresent()) {
      // the user has no name and no home
      command.add("-Duser.name=" + System.getProperty("user.name"));
      command.add("-Duser.home=" + place.folder());
      command.add("-Djava.io.tmpdir=" + place.folder());
    }
    command.addAll(from.options());
    command.addAll(List.of("-cp", from.classPath(), MAIN, GitFetch.COMMAND));
    ProcessBuilder builder =
        new ProcessBuilder(place.command(command))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().putAll(ENVIRONMENT);
    return builder.start();
  }

  private GitAnswer answer(
      GitRequest request, Map<String, String> system, Workplace place, FetchClasses from)
      throws IOException, InterruptedException {
    Path out = place.output("out");
    Path err = place.output("err");
    Process process = start(place, from, out, err);
    running.add(process);
    try {
      return answer(process, request, system, out, err);
    } finally {
      kill(process);
      running.remove(process);
    }
  }

  private GitAnswer answer(
      Process process, GitRequest request, Map<String, String> system, Path out, Path err)
      throws IOException, InterruptedException {
    if (closing) {
      throw new IOException("isn't fetched: the agent stops");
    }
    boolean asked = true;
    try {
      request.writeTo(process.getOutputStream(), system);
    } catch (IOException e) {
      // the child has ended already: its own message is better than a broken pipe
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
    String said = Workplace.text(err).strip();
    if (process.exitValue() == 0 && asked) {
      warn(request, said);
      return GitAnswer.of(Workplace.text(out));
    }
    if (process.exitValue() == 1 && !said.isEmpty()) {
      throw new IOException(said);
    }
    throw new IOException(
        process.exitValue() == OUT_OF_MEMORY
            ? "can't be fetched: it needs too much memory; make the repository smaller"
            : "can't be fetched: the agent's git-fetch ended with exit "
                + process.exitValue()
                + (said.isEmpty() ? "" : ": " + said));
  }

  private static void warn(GitRequest request, String said) {
    if (!said.isEmpty()) {
      LOG.warn("git {}: {}", Secrets.hidden(request.address()), said);
    }
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
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // its result isn't needed any more
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Kills all children; idempotent, doesn't wait. */
  @Override
  public void close() {
    closing = true;
    running.forEach(Process::destroyForcibly);
  }
}
