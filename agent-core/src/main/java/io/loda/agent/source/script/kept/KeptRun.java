package io.loda.agent.source.script.kept;

import io.loda.agent.source.script.process.RunGroup;
import io.loda.agent.source.script.process.RunGroups;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The control group of a run that may leave processes. Its name has a random number, so that it is
 * unique even if process ids repeat.
 *
 * @param key of the plugin: {@code ns|project}
 * @param repository the plugin's; empty: its processes may not go on without an agent, as its run
 *     isn't over, or they are to be ended
 */
record KeptRun(String key, String repository, Path folder) {

  /** Returns whether its processes may go on. */
  boolean isKept() {
    return !repository.isEmpty();
  }

  KeptRun keptFor(String owner) {
    return new KeptRun(key, owner, folder);
  }

  KeptRun toBeEnded() {
    return new KeptRun(key, "", folder);
  }

  RunGroup group() {
    return RunGroups.apart(folder).orElse(RunGroup.NONE);
  }

  /** Returns whether the group has no processes any more. */
  boolean isOver() {
    return !Files.isDirectory(folder) || group().isEmpty();
  }

  /** Kills its processes; blocks for at most half a second. Returns whether none is left. */
  boolean end() {
    RunGroups.end(group());
    return isOver();
  }
}
