package io.loda.agent.source.script;

import java.io.IOException;
import java.nio.file.Path;

/** Who a process runs as. The owner of its folder doesn't tell: what nobody may trace is root's. */
final class ProcessUser {

  private static final String UID = "\nUid:\t";

  private ProcessUser() {}

  /**
   * The user who started it; −1 when the kernel doesn't say.
   *
   * @throws IOException when there is no such process
   */
  static long realUid(Path process) throws IOException {
    String status = KernelFile.read(process.resolve("status"));
    int at = status.indexOf(UID);
    int end = at < 0 ? -1 : status.indexOf('\t', at + UID.length());
    return end < 0 ? -1 : Long.parseLong(status.substring(at + UID.length(), end));
  }
}
