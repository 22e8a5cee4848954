package io.loda.agent.source.script.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.result.RunUsage;
import io.loda.agent.source.script.result.StartFailure;
import io.loda.agent.source.script.system.RunMark;
import io.loda.common.files.FileReason;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A run of a program.
 *
 * <p>It never waits for the end of a pipe, which a grandchild may hold open for ever: it reads the
 * available output until the program ends or its time is up. Then all processes of the run are
 * ended, and the pipes closed. {@link #run} blocks its worker; {@link #cancel} is for any thread.
 */
public final class PluginProcess {

  private static final int STDERR_BYTES = 64 * 1024;

  /** The JDK reads up to this size without allocating memory. */
  private static final int CHUNK_BYTES = 8 * 1024;

  /** The exit code of a process ended by a signal is this plus the signal's number. */
  private static final int SIGNALLED = 128;

  private static final int SIGXCPU = 24;
  private static final int SIGXFSZ = 25;
  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final long LONGEST_NAP_MILLIS = 20;

  /** The longest pause between reads while the run is waiting. */
  private static final long LONGEST_QUIET_NAP_MILLIS = 100;

  private final Pipes pipes;
  private final ProcessStarter starter;
  private final RunGroup group;
  private final RunSigns.Environments environments;
  private final List<String> command;
  private final Path folder;
  private final Map<String, String> environment;
  private final Duration timeout;
  private final Most most;
  private final Consumer<Boolean> load;
  private final RunMark mark = RunMark.random();
  private final RunOutput stdout;
  private final TailBuffer stderr = new TailBuffer(STDERR_BYTES);
  private final byte[] chunk = new byte[CHUNK_BYTES];
  private volatile boolean cancelled;
  private volatile @Nullable UsageMeter meter;

  /** Whether the run reached the limit on its user's processes. */
  private boolean crowding;

  /** Whether the kernel killed the run for its memory. */
  private boolean outOfMemory;

  private List<Survivor> survivors = List.of();

  /**
   * Creates a run that isn't started.
   *
   * @param group the control group that the command enters
   * @param environments those that may be read to find its processes
   * @param stdout takes its output
   * @param load is told repeatedly whether it uses processor time, or waits; must not block
   */
  public PluginProcess(
      Pipes pipes,
      ProcessStarter starter,
      RunGroup group,
      RunSigns.Environments environments,
      List<String> command,
      Path folder,
      Map<String, String> environment,
      Duration timeout,
      RunOutput stdout,
      Most most,
      Consumer<Boolean> load) {
    this.pipes = pipes;
    this.starter = starter;
    this.group = group;
    this.environments = environments;
    this.command = command;
    this.folder = folder;
    this.environment = environment;
    this.timeout = timeout;
    this.stdout = stdout;
    this.most = most;
    this.load = load;
  }

  /**
   * The limits at which a run is ended.
   *
   * @param tasks processes, counting each thread
   * @param memoryBytes of all its processes together
   * @param keep true: processes left in its group after a good run go on
   */
  public record Most(long outputBytes, long tasks, long memoryBytes, boolean keep) {}

  /** Provides the pipes for a run's output. */
  public interface Pipes {

    /** Returns a pipe that no other run has. */
    OutputPipe open() throws IOException;
  }

  public interface ProcessStarter {

    Process start(ProcessBuilder builder) throws IOException;
  }

  /** Ends the run soon; its result is a time-out. */
  public void cancel() {
    cancelled = true;
  }

  /** Returns how many processes it had at the last look, counting each thread; any thread. */
  public long tasks() {
    UsageMeter running = meter;
    return running == null ? 0 : running.tasks();
  }

  /** Returns the processes that couldn't be ended; known after {@link #run} has returned. */
  public List<Survivor> survivors() {
    return survivors;
  }

  /** Runs it to its end, which comes shortly after the time-out at the latest. */
  public RunResult run() throws InterruptedException {
    long start = System.nanoTime();
    RunResult.Outcome outcome;
    Process process;
    RunUsage usage;
    try (OutputPipe out = pipes.open();
        OutputPipe err = pipes.open()) {
      process = start(out, err);
      ProcessTree tree = new ProcessTree(process, mark, group, environments);
      UsageMeter meter = new UsageMeter(tree, group, most.memoryBytes());
      this.meter = meter;
      boolean endedItself = false;
      int others = 0;
      int kept = 0;
      try {
        if (!group.exists()) {
          out.unlink();
          err.unlink();
        }
        outcome = follow(process, out, err, meter, start);
        endedItself = !process.isAlive();
        if (!endedItself && !crowding && outcome != RunResult.Outcome.MEMORY) {
          meter.look();
          tree.end(GRACE);
        }
        if (most.keep && outcome == RunResult.Outcome.OK && process.exitValue() == 0) {
          kept = group.pids().size();
        }
      } finally {
        if (kept == 0) {
          // also those that a program left although it ended well
          ProcessTree.Sweep sweep = tree.kill();
          others = sweep.others();
          survivors = sweep.survivors();
        }
      }
      outOfMemory = group.ranOutOfMemory();
      usage = meter.usage(endedItself ? others : 0, kept);
      if (group.exists() && group.isEmpty()) {
        out.keep();
        err.keep();
      }
    } catch (IOException e) {
      return RunResult.startFailed(FileReason.of(e));
    }
    int exit = process.isAlive() ? -1 : process.exitValue();
    Duration duration = Duration.ofNanos(System.nanoTime() - start);
    String errors = new String(stderr.tail(), UTF_8);
    if (outOfMemory) {
      outcome = RunResult.Outcome.MEMORY;
    } else if (outcome == RunResult.Outcome.OK && exit != 0) {
      outcome = RunResult.Outcome.EXIT;
    }
    String detail = detail(outcome, exit);
    String notStarted = StartFailure.of(exit, errors, folder);
    if (!notStarted.isEmpty()) {
      outcome = RunResult.Outcome.START_FAILED;
      detail = notStarted;
    }
    return RunResult.of(outcome, detail, exit, duration, usage, stdout.size(), errors);
  }

  private Process start(OutputPipe out, OutputPipe err) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.to(out.target()))
            .redirectError(ProcessBuilder.Redirect.to(err.target()));
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put(RunMark.VARIABLE, mark.value());
    return starter.start(builder);
  }

  /** Reads until the program ends, its time is up, or it prints too much. */
  private RunResult.Outcome follow(
      Process process, OutputPipe out, OutputPipe err, UsageMeter meter, long start)
      throws IOException, InterruptedException {
    long nap = 1;
    while (true) {
      if (!process.isAlive()) {
        // later output comes from a grandchild, which may never stop
        readRest(out, err);
        return tooLarge() ? RunResult.Outcome.OUTPUT_TOO_LARGE : RunResult.Outcome.OK;
      }
      meter.lookWhenDue();
      load.accept(meter.burns());
      if (meter.tooMuchMemoryKilobytes() > 0) {
        return RunResult.Outcome.MEMORY;
      }
      crowding = meter.tasks() >= most.tasks();
      if (crowding) {
        return RunResult.Outcome.EXIT;
      }
      int printed = stdout.isReady() ? readOutput(out) : 0;
      stdout.look(meter.processes());
      boolean read = (stdout.takesErrors() ? readErrors(err) : 0) + printed > 0;
      if (tooLarge()) {
        return RunResult.Outcome.OUTPUT_TOO_LARGE;
      }
      long left = timeout.toNanos() - (System.nanoTime() - start);
      if (left <= 0 || cancelled) {
        return RunResult.Outcome.TIMEOUT;
      }
      if (read) {
        nap = 1;
      } else {
        nap = Math.min(nap * 2, longestNapMillis(meter));
        // returns at once when the program ends
        process.waitFor(
            Math.min(nap, TimeUnit.NANOSECONDS.toMillis(left) + 1), TimeUnit.MILLISECONDS);
      }
    }
  }

  private static long longestNapMillis(UsageMeter meter) {
    return meter.burns()
        ? LONGEST_NAP_MILLIS
        : Math.min(LONGEST_QUIET_NAP_MILLIS, meter.millisToNextLook());
  }

  private void readRest(OutputPipe out, OutputPipe err) throws IOException, InterruptedException {
    for (int left = out.available(); left > 0 && !tooLarge(); ) {
      if (stdout.isReady()) {
        left -= readOutput(out);
      } else {
        TimeUnit.MILLISECONDS.sleep(LONGEST_NAP_MILLIS);
      }
    }
    for (int left = err.available(); left > 0; ) {
      left -= readErrors(err);
    }
  }

  private int readOutput(OutputPipe out) throws IOException, InterruptedException {
    int length = out.read(chunk);
    stdout.write(chunk, length);
    return length;
  }

  private int readErrors(OutputPipe err) throws IOException {
    int length = err.read(chunk);
    stderr.write(chunk, length);
    stdout.errorsRead(length);
    return length;
  }

  private boolean tooLarge() {
    return stdout.tooLarge();
  }

  private String detail(RunResult.Outcome outcome, int exit) {
    return switch (outcome) {
      case TIMEOUT ->
          cancelled
              ? "ended because the agent stops or the plugin was taken away"
              : "ran longer than its time-out of " + timeout.toMillis() + " ms";
      case OUTPUT_TOO_LARGE ->
          !stdout.unread().isEmpty()
              ? stdout.unread()
              : "printed more than plugins.max-output (" + most.outputBytes() + " bytes)";
      case MEMORY -> memory();
      case EXIT -> {
        if (crowding) {
          yield "ended, because it had nearly all of plugins.limits.processes, threads included: "
              + "other runs of its user could have started none";
        }
        yield exit > SIGNALLED ? "ended by signal " + signal(exit) : "ended with exit code " + exit;
      }
      default -> "";
    };
  }

  private String memory() {
    UsageMeter measured = meter;
    return "its processes together had "
        + (outOfMemory || measured == null
            ? "more memory"
            : measured.tooMuchMemoryKilobytes() + " KiB of memory, more")
        + " than plugins.limits.memory ("
        + most.memoryBytes()
        + " bytes)";
  }

  /** Names the signal, and the limit if a limit caused it. */
  private static String signal(int exit) {
    return switch (exit - SIGNALLED) {
      case SIGXCPU -> SIGXCPU + ": it took all the time of plugins.limits.cpu";
      case SIGXFSZ -> SIGXFSZ + ": a file would have become larger than plugins.limits.file-size";
      default -> Integer.toString(exit - SIGNALLED);
    };
  }
}
