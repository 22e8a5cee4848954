package io.loda.agent.builtin.process;

import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.TextCursor;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What a process has used since its start, and holds now.
 *
 * @param startTicks when it started, in ticks since the host's boot; with the pid it is unique,
 *     since pids are reused
 * @param cpuTicks processor time
 * @param residentBytes memory
 * @param descriptors how many are open; empty without the right to know
 * @param readBytes from storage; empty without the right to know
 * @param writtenBytes to storage; empty without the right to know
 */
record ProcessUsage(
    long startTicks,
    long cpuTicks,
    long residentBytes,
    OptionalLong descriptors,
    OptionalLong readBytes,
    OptionalLong writtenBytes) {

  /**
   * Reads a process.
   *
   * @param process its folder in {@code /proc}
   * @throws IOException when it has ended
   */
  static ProcessUsage read(Path process) throws IOException {
    TextCursor stat = KernelText.columns(process.resolve("stat")).read();
    if (!stat.nextLine() || !stat.skipPastLast(')')) {
      throw new IOException("can't read " + process + "/stat: no name in brackets");
    }
    stat.skip(11);
    long cpuTicks = stat.nextNumber() + stat.nextNumber();
    stat.skip(6);
    long startTicks = stat.nextNumber();
    long[] io = io(process);
    return new ProcessUsage(
        startTicks,
        cpuTicks,
        residentBytes(process),
        descriptors(process.resolve("fd")),
        io.length == 0 ? OptionalLong.empty() : OptionalLong.of(io[0]),
        io.length == 0 ? OptionalLong.empty() : OptionalLong.of(io[1]));
  }

  /** Reads {@code statm}, which costs an eighth of {@code status}; a zombie has none. */
  private static long residentBytes(Path process) throws IOException {
    TextCursor statm = KernelText.columns(process.resolve("statm")).read();
    return statm.nextLine() && statm.skip(2) ? statm.number() * PageSize.BYTES : 0;
  }

  private static OptionalLong descriptors(Path fd) throws IOException {
    // since Linux 6.2 the folder's size is their number, which saves listing ten thousands of
    // sockets
    long size = Files.size(fd);
    if (size > 0 && fd.startsWith("/proc")) {
      return OptionalLong.of(size);
    }
    try (Stream<Path> entries = Files.list(fd)) {
      return OptionalLong.of(entries.count());
    } catch (AccessDeniedException e) {
      return OptionalLong.empty();
    }
  }

  /** Returns the bytes read and written; empty without the right to know. */
  private static long[] io(Path process) throws IOException {
    Path file = process.resolve("io");
    long[] bytes = new long[2];
    TextCursor io;
    try {
      io = KernelText.keyed(file).read();
    } catch (IOException e) {
      if (Files.exists(file)) {
        return new long[0];
      }
      throw e;
    }
    while (io.nextLine() && io.nextField()) {
      if (io.is("read_bytes")) {
        bytes[0] = io.nextNumber();
      } else if (io.is("write_bytes")) {
        bytes[1] = io.nextNumber();
      }
    }
    return bytes;
  }
}
