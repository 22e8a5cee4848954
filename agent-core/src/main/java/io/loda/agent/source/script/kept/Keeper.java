package io.loda.agent.source.script.kept;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitAddress;

/**
 * A plugin that was assigned with {@code keep}, as the owner allows it: what its runs leave running
 * may go on.
 *
 * @param key {@code ns|project}
 * @param repository the address, without a password: another one of that name is another plugin
 * @param enabled of a disabled plugin nothing is kept
 */
public record Keeper(String key, String repository, boolean enabled) {

  /** One that is assigned. */
  public static Keeper of(Assignment.Script script, boolean enabled) {
    return new Keeper(script.key(), repository(script), enabled);
  }

  /** What a run keeps something for; empty: for nothing, as it may not. */
  public static String wantedBy(Assignment.Script script) {
    return script.keep() ? repository(script) : "";
  }

  /** In a line of a file. */
  private static String repository(Assignment.Script script) {
    return GitAddress.withoutSecrets(script.git()).replaceAll("\\p{Cntrl}", "?");
  }
}
