package io.loda.agent.source.script.kept;

import io.loda.agent.assignment.Assignment;
import io.loda.common.config.Secrets;

/**
 * A plugin that is assigned with {@code keep} and allowed by the policy to keep processes after its
 * runs.
 *
 * @param key {@code ns|project}
 * @param repository the address without a password: another address is another plugin
 * @param enabled false: the plugin is disabled and keeps nothing
 */
public record Keeper(String key, String repository, boolean enabled) {

  public static Keeper of(Assignment.Script script, boolean enabled) {
    return new Keeper(script.key(), repository(script), enabled);
  }

  /** Returns the repository that a run keeps processes for; empty: it may not keep any. */
  public static String wantedBy(Assignment.Script script) {
    return script.keep() ? repository(script) : "";
  }

  /** Returns the address in one line of a file. */
  private static String repository(Assignment.Script script) {
    return Secrets.hidden(script.git()).replaceAll("\\p{Cntrl}", "?");
  }
}
