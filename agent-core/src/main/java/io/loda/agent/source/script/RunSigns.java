package io.loda.agent.source.script;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What a run's processes are told by, besides its control group: its session, and its mark as a
 * limit or in the environment.
 *
 * @param session the number of its first process
 * @param startTicks when that one started; no process of the run is older
 */
record RunSigns(long session, long startTicks, RunMark mark) {

  /** What is known of a process. */
  enum Found {
    MEMBER,
    OTHER,
    /** It is in the midst of becoming another program, and shows no environment. */
    UNSURE
  }

  static RunSigns of(Process leader, RunMark mark) {
    long startTicks = 0;
    try {
      startTicks = ProcessStat.read(ProcessStat.folder(leader.pid())).startTicks();
    } catch (IOException e) {
      // it has ended, and nobody knows how old it was
    }
    return new RunSigns(leader.pid(), startTicks, mark);
  }

  Found in(Path process, ProcessStat stat) {
    if (stat.ended() || stat.startTicks() < startTicks) {
      return Found.OTHER;
    }
    if (stat.session() == session) {
      return Found.MEMBER;
    }
    try {
      if (mark.isIn(KernelFile.read(process.resolve("limits")))) {
        return Found.MEMBER;
      }
      String environment = KernelFile.read(process.resolve("environ"));
      if (environment.contains(mark.inEnvironment())) {
        return Found.MEMBER;
      }
      return environment.isEmpty() && stat.memoryBytes() > 0 ? Found.UNSURE : Found.OTHER;
    } catch (IOException e) {
      // gone, or not ours to read: then it isn't ours to end either
      return Found.OTHER;
    }
  }

  /** Whether the process with this number is of the run still. */
  boolean hasStill(Path process) {
    try {
      return in(process, ProcessStat.read(process)) == Found.MEMBER;
    } catch (IOException e) {
      return false;
    }
  }
}
