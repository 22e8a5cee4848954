package io.loda.agent.source.script.process;

import io.loda.agent.source.script.system.ProcFile;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.ProcessUser;
import io.loda.agent.source.script.system.RunMark;
import io.loda.agent.source.script.user.PluginUser;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The signs of a run's processes besides the control group: the session, and the mark as a limit or
 * in the environment.
 *
 * @param session the pid of the first process
 * @param startTicks when that one started; no process of the run is older
 */
public record RunSigns(long session, long startTicks, RunMark mark, Environments environments) {

  /**
   * Which environments may be read. Reading one reads the process's memory, which a hostile process
   * may have on its own file system (FUSE), so that the reader hangs. So only the environments of
   * the run's user are read, and not even those if all its processes are ended anyway.
   *
   * @param uid negative: of all users, as far as permitted
   */
  public record Environments(boolean any, long uid) {

    static final Environments ALL = new Environments(true, -1);

    public static Environments of(PluginUser user) {
      if (user.exclusiveUid() >= 0) {
        return new Environments(false, -1);
      }
      return user.switched() ? new Environments(true, user.uid()) : ALL;
    }

    boolean include(Path process) throws IOException {
      return any && (uid < 0 || ProcessUser.realUid(process) == uid);
    }
  }

  /** The result of looking at a process. */
  enum Membership {
    MEMBER,
    OTHER,
    /** It is just executing another program, and shows no environment. */
    UNSURE
  }

  static RunSigns of(Process leader, RunMark mark, Environments environments) {
    long startTicks = 0;
    try {
      startTicks = ProcessStat.read(ProcessStat.folder(leader.pid())).startTicks();
    } catch (IOException e) {
      // it has ended, so its start is unknown
    }
    return new RunSigns(leader.pid(), startTicks, mark, environments);
  }

  Membership in(Path process, ProcessStat stat) {
    if (stat.ended() || stat.startTicks() < startTicks) {
      return Membership.OTHER;
    }
    if (stat.session() == session) {
      return Membership.MEMBER;
    }
    try {
      if (mark.isIn(ProcFile.read(process.resolve("limits")))) {
        return Membership.MEMBER;
      }
      if (!environments.include(process)) {
        return Membership.OTHER;
      }
      String environment = ProcFile.read(stat.living(process).resolve("environ"));
      if (environment.contains(mark.inEnvironment())) {
        return Membership.MEMBER;
      }
      return environment.isEmpty() && stat.memoryBytes() > 0 ? Membership.UNSURE : Membership.OTHER;
    } catch (IOException e) {
      // it is gone or unreadable: then the agent couldn't end it either
      return Membership.OTHER;
    }
  }

  /** Returns whether the process with this pid still belongs to the run. */
  boolean hasStill(Path process) {
    try {
      return in(process, ProcessStat.read(process)) == Membership.MEMBER;
    } catch (IOException e) {
      return false;
    }
  }
}
