package io.loda.agent.source.script.run;

import io.loda.agent.source.script.cage.Leavings;
import io.loda.agent.source.script.cage.RunCommand;
import io.loda.agent.source.script.process.Survivor;
import io.loda.agent.source.script.process.UserProcesses;
import io.loda.agent.source.script.user.PluginUser;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A user that no plugin has, for a program of the agent that reads untrusted data. Any thread;
 * blocks shortly.
 */
public final class ReservedUser {

  private final PluginUser user;
  private final RunCommand command;
  private final Leavings leavings = new Leavings();

  ReservedUser(PluginUser user, RunCommand command) {
    this.user = user;
    this.command = command.as(user);
  }

  /** Returns the user id, which is the group id too. */
  public int id() {
    return (int) user.uid();
  }

  /** Returns the command line that runs a program as this user. */
  public List<String> command(List<String> program) {
    List<String> all = new ArrayList<>(command.becoming());
    all.addAll(program);
    return all;
  }

  /**
   * Ends all processes of this user, and removes what it left in world-writable folders; blocks for
   * at most 2 s if nothing is left.
   *
   * @return processes that can't be ended; empty: none
   */
  public String end() {
    List<Survivor> survivors = UserProcesses.end(Set.of(user.uid())).survivors();
    Leavings.remove(leavings.of(new Leavings.Owner(user.uid(), Set.of(), 0)), command);
    return survivors.stream().map(Survivor::toString).collect(Collectors.joining(", "));
  }
}
