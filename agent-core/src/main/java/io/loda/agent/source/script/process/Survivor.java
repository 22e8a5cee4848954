package io.loda.agent.source.script.process;

import io.loda.agent.source.script.system.ProcessStat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process of a run that couldn't be ended: it became another user's and the agent isn't root, or
 * it hangs in the kernel.
 *
 * @param startTicks distinguishes it from a later one with the same pid
 */
public record Survivor(long pid, long startTicks, String user) {

  static Survivor of(long pid) throws IOException {
    Path process = ProcessStat.folder(pid);
    // a process that may not be traced seems to be root's
    String user = Files.getOwner(process).getName();
    return new Survivor(pid, ProcessStat.read(process).startTicks(), user);
  }

  boolean isAlive() {
    try {
      ProcessStat stat = ProcessStat.read(ProcessStat.folder(pid));
      return !stat.ended() && stat.startTicks() == startTicks;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "process " + pid + " of user " + user;
  }
}
