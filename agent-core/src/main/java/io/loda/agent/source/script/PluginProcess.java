package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * One run of a program: its session, its time, its output.
 *
 * <p>It never waits for the end of a pipe, which a stray grandchild may hold open for ever: it
 * reads what is there, until the program ends or its time is up. Then everything the run started is
 * ended. {@link #run} blocks its worker; {@link #cancel} may come from any thread.
 */
final class PluginProcess {

  private static final int STDERR_BYTES = 64 * 1024;
  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final Duration SWEEP = Duration.ofSeconds(2);
  private static final long LONGEST_NAP_MILLIS = 20;

  /** What util-linux' programs end with, and say, when the next program can't be started. */
  private static final int CANNOT_EXECUTE = 126;

  private static final int NOT_FOUND = 127;
  private static final String FAILED_TO_EXECUTE = "failed to execute ";

  private final List<String> command;
  private final Path folder;
  private final Map<String, String> environment;
  private final Duration timeout;
  private final long maxOutputBytes;
  private final String mark;
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final TailBuffer stderr = new TailBuffer(STDERR_BYTES);
  private final byte[] chunk = new byte[8192];
  private volatile boolean cancelled;

  PluginProcess(
      List<String> command,
      Path folder,
      Map<String, String> environment,
      Duration timeout,
      long maxOutputBytes) {
    this.command = command;
    this.folder = folder;
    this.environment = environment;
    this.timeout = timeout;
    this.maxOutputBytes = maxOutputBytes;
    byte[] random = new byte[16];
    ThreadLocalRandom.current().nextBytes(random);
    this.mark = "PLUGIN_RUN=" + HexFormat.of().formatHex(random);
  }

  /** Ends the run as soon as it is noticed; its result is a time-out's. */
  void cancel() {
    cancelled = true;
  }

  /** What it printed; complete once {@link #run} came back. */
  byte[] output() {
    return stdout.toByteArray();
  }

  /** Runs it to its end, which comes at the time-out and a little at the latest. */
  RunResult run() throws InterruptedException {
    long start = System.nanoTime();
    Process process;
    try {
      process = start();
    } catch (IOException e) {
      return RunResult.startFailed(String.valueOf(e.getMessage()));
    }
    RunResult.Outcome outcome;
    try {
      outcome = follow(process, start);
      if (outcome != RunResult.Outcome.OK) {
        end(process);
      }
    } finally {
      // also when this thread is interrupted: nothing is left
      if (process.isAlive()) {
        ProcessTree.killGroup(process.pid());
      }
      closePipes(process);
    }
    int exit = process.isAlive() ? -1 : process.exitValue();
    Duration duration = Duration.ofNanos(System.nanoTime() - start);
    String errors = new String(stderr.tail(), UTF_8);
    if (outcome == RunResult.Outcome.OK && exit != 0) {
      outcome = RunResult.Outcome.EXIT;
    }
    String detail = detail(outcome, exit);
    if ((exit == CANNOT_EXECUTE || exit == NOT_FOUND) && errors.contains(FAILED_TO_EXECUTE)) {
      outcome = RunResult.Outcome.START_FAILED;
      detail = errors.strip();
    }
    return new RunResult(
        outcome, exit, duration, stdout.size(), detail, List.of(), List.of(), errors);
  }

  private Process start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.environment().clear();
    builder.environment().putAll(environment);
    int equals = mark.indexOf('=');
    builder.environment().put(mark.substring(0, equals), mark.substring(equals + 1));
    return builder.start();
  }

  /** Reads until the program ends, its time is up, or it prints too much. */
  private RunResult.Outcome follow(Process process, long start) throws InterruptedException {
    InputStream out = process.getInputStream();
    InputStream err = process.getErrorStream();
    long nap = 1;
    while (true) {
      boolean ended = !process.isAlive();
      boolean printed = readOutput(out);
      boolean read = readErrors(err) || printed;
      if (stdout.size() > maxOutputBytes) {
        return RunResult.Outcome.OUTPUT_TOO_LARGE;
      }
      if (ended && !read) {
        return RunResult.Outcome.OK;
      }
      long left = timeout.toNanos() - (System.nanoTime() - start);
      if (left <= 0 || cancelled) {
        return ended ? RunResult.Outcome.OK : RunResult.Outcome.TIMEOUT;
      }
      if (!read) {
        nap = Math.min(nap * 2, LONGEST_NAP_MILLIS);
        // comes back at once when the program ends
        process.waitFor(
            Math.min(nap, TimeUnit.NANOSECONDS.toMillis(left) + 1), TimeUnit.MILLISECONDS);
      } else {
        nap = 1;
      }
    }
  }

  private boolean readOutput(InputStream out) {
    int length = readAvailable(out);
    if (length > 0) {
      stdout.write(chunk, 0, length);
    }
    return length > 0;
  }

  private boolean readErrors(InputStream err) {
    int length = readAvailable(err);
    if (length > 0) {
      stderr.write(chunk, length);
    }
    return length > 0;
  }

  /** Reads without waiting; 0 when there is nothing, or no more. */
  private int readAvailable(InputStream in) {
    try {
      int available = in.available();
      return available > 0 ? in.read(chunk, 0, Math.min(available, chunk.length)) : 0;
    } catch (IOException e) {
      // the pipe was closed under us because the program ended
      return 0;
    }
  }

  /** SIGTERM to all of it, a second's grace, SIGKILL to all of it. */
  private void end(Process process) throws InterruptedException {
    long session = process.pid();
    ProcessTree.of(session, mark).forEach(ProcessHandle::destroy);
    process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    if (process.isAlive()) {
      ProcessTree.killGroup(session);
    }
    long start = System.nanoTime();
    List<ProcessHandle> left = ProcessTree.of(session, mark);
    while (!left.isEmpty() && System.nanoTime() - start < SWEEP.toNanos()) {
      left.forEach(ProcessHandle::destroyForcibly);
      TimeUnit.MILLISECONDS.sleep(5);
      left = ProcessTree.of(session, mark);
    }
    process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void closePipes(Process process) {
    for (InputStream in : List.of(process.getInputStream(), process.getErrorStream())) {
      try {
        in.close();
      } catch (IOException e) {
        // it was closed already
      }
    }
  }

  private String detail(RunResult.Outcome outcome, int exit) {
    return switch (outcome) {
      case TIMEOUT ->
          cancelled
              ? "ended because the agent stops or the plugin was taken away"
              : "ran longer than its time-out of " + timeout.toMillis() + " ms";
      case OUTPUT_TOO_LARGE ->
          "printed more than plugins.max-output (" + maxOutputBytes + " bytes)";
      case EXIT -> exit > 128 ? "ended by signal " + (exit - 128) : "ended with exit code " + exit;
      default -> "";
    };
  }
}
