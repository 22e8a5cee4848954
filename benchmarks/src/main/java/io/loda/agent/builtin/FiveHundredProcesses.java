package io.loda.agent.builtin;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.builtin.process.ProcSampler;
import io.loda.agent.builtin.process.ProcessSelection;
import io.loda.agent.builtin.process.ProcessTable;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Fifty programs, each with several processes, until there are five hundred on the host. */
final class FiveHundredProcesses implements AutoCloseable {
  private static final int PROGRAMS = 50;
  private static final int PROCESSES = 500;

  private final Path folder;
  private final List<Process> started = new ArrayList<>();

  /** Set beyond what the table of processes takes for fresh, at each round. */
  private long nanoTime;

  private final ProcessTable table = new ProcessTable(Path.of("/proc"), () -> nanoTime);

  FiveHundredProcesses() throws IOException {
    folder = Files.createTempDirectory("round-cost");
    for (int i = 0; i < PROGRAMS; i++) {
      Path sleep = Path.of("/bin/sleep").toRealPath();
      Files.copy(sleep, program(i), StandardCopyOption.COPY_ATTRIBUTES);
    }
    for (long i = alive(); i < PROCESSES; i++) {
      String program = program((int) (i % PROGRAMS)).toString();
      started.add(new ProcessBuilder(program, "600").start());
    }
  }

  private Path program(int number) {
    return folder.resolve("program" + number);
  }

  static long alive() {
    try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
      return all.count();
    }
  }

  List<Sampler> items() {
    List<Sampler> items = new ArrayList<>();
    HostTrees host = new HostTrees(Path.of("/proc"), Path.of("/sys"), Path.of("/"));
    for (int i = 0; i < PROGRAMS; i++) {
      ItemFields item = new ItemFields(Map.of("bin_path", program(i).toString()));
      items.add(
          Samplers.begun(
              new ProcSampler(
                  "PROC." + i, host, table, ProcessSelection.of(item, host), System::nanoTime)));
    }
    return items;
  }

  /** Has the next item look through {@code /proc} again, as the first of each round does. */
  void nextRound() {
    nanoTime += 2_000_000_000L;
  }

  void look() throws IOException {
    nextRound();
    table.snapshot();
  }

  @Override
  public void close() throws IOException {
    started.forEach(Process::destroyForcibly);
    for (int i = 0; i < PROGRAMS; i++) {
      Files.deleteIfExists(program(i));
    }
    Files.deleteIfExists(folder);
  }
}
