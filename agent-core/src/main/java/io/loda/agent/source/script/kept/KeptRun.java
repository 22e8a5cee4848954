package io.loda.agent.source.script.kept;

import io.loda.agent.source.script.process.RunGroup;
import io.loda.agent.source.script.process.RunGroups;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A control group of a run that may leave something running. Its name holds a random number, so
 * that what is in it is nobody else's, whatever numbers processes have.
 *
 * @param key of the plugin: {@code ns|project}
 * @param repository whose plugin it is; empty: what is in it may not go on without an agent, as its
 *     run isn't over, or it is to be ended
 */
record KeptRun(String key, String repository, Path folder) {

  /** Whether it goes on by itself. */
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

  /** Whether nothing is in it any more. */
  boolean isOver() {
    return !Files.isDirectory(folder) || group().isEmpty();
  }

  /** Ends what is in it; blocks for half a second at the most. Returns whether it is over. */
  boolean end() {
    RunGroups.end(group());
    return isOver();
  }
}
