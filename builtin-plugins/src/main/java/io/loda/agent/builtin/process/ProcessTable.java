package io.loda.agent.builtin.process;

import io.loda.agent.builtin.kit.Warnings;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running programs by process. Thread-safe: all items of a round share one listing of {@code
 * /proc}.
 */
public final class ProcessTable {
  private static final Logger log = LoggerFactory.getLogger(ProcessTable.class);

  /** The kernel appends this to the path of a program that was replaced or deleted on disk. */
  private static final String DELETED = " (deleted)";

  /** Long enough for all items of a round, and shorter than the time between two rounds. */
  private static final long FRESH_NANOS = 1_000_000_000L;

  private final Path proc;
  private final LongSupplier nanoTime;
  private final Warnings warnings = new Warnings(log);
  private @Nullable Snapshot latest;
  private long takenAt;

  public ProcessTable(Path proc, LongSupplier nanoTime) {
    this.proc = proc;
    this.nanoTime = nanoTime;
  }

  /**
   * The processes of one listing.
   *
   * @param pids of all processes, including the kernel's
   * @param byProgram the pids of each executable
   */
  public record Snapshot(List<String> pids, Map<String, List<String>> byProgram) {

    List<String> of(String program) {
      return byProgram.getOrDefault(program, List.of());
    }
  }

  /** Returns a listing that is less than a second old. */
  public synchronized Snapshot snapshot() throws IOException {
    Snapshot fresh = latest;
    if (fresh == null || nanoTime.getAsLong() - takenAt >= FRESH_NANOS) {
      fresh = scan();
      latest = fresh;
      takenAt = nanoTime.getAsLong();
    }
    return fresh;
  }

  private Snapshot scan() throws IOException {
    String[] names = proc.toFile().list();
    if (names == null) {
      throw new IOException("can't list " + proc + ": is it the host's /proc?");
    }
    List<String> pids = new ArrayList<>();
    Map<String, List<String>> byProgram = new HashMap<>();
    int denied = 0;
    for (String name : names) {
      if (!PsSampler.isNumber(name)) {
        continue;
      }
      pids.add(name);
      try {
        String program = program(proc.resolve(name).resolve("exe"));
        byProgram.computeIfAbsent(program, p -> new ArrayList<>()).add(name);
      } catch (AccessDeniedException e) {
        denied++;
      } catch (IOException e) {
        // it ended meanwhile, or is one of the kernel's, which has no program
      }
    }
    if (denied > 0) {
      warnings.once(
          "denied",
          "PROC: look at the programs of "
              + denied
              + " of "
              + pids.size()
              + " processes in "
              + proc
              + " refused, items with bin_path don't count them; run the agent as root, or with"
              + " CAP_SYS_PTRACE");
    }
    return new Snapshot(pids, byProgram);
  }

  private static String program(Path link) throws IOException {
    String path = Files.readSymbolicLink(link).toString();
    return path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
  }
}
