package io.loda.agent;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.files.Trust;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the agent writes what is its own beside its data folder: nobody else may be able to put a
 * link there, which root would follow. Blocks shortly.
 */
final class OwnPlaces {

  private OwnPlaces() {}

  /** The first that isn't safe, and why; empty where all are. */
  static Optional<String> problem(AgentConfig config, Trust trust) {
    return Stream.of(
            of("agent.data-dir", config.host().dataDir(), trust::problemOfOurs),
            of("plugins.dir", config.plugins().dir(), trust::problemOfOurs),
            of("log.file", config.log().file(), file -> trust.problemAbove(file, true)),
            of("agent.pid-file", config.host().pidFile(), file -> trust.problemAbove(file, false)),
            of(
                "http.unix-socket",
                config.http().unixSocket(),
                file -> trust.problemAbove(file, false)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Why what is made at a path isn't safe. */
  private interface Question {
    Optional<String> problem(Path path) throws IOException;
  }

  private static Optional<String> of(String key, @Nullable Path path, Question question) {
    if (path == null) {
      return Optional.empty();
    }
    Optional<String> problem;
    try {
      problem = question.problem(path);
    } catch (IOException e) {
      problem = Optional.of(String.valueOf(e.getMessage()));
    }
    return problem.map(
        why -> key + ": expected a place that only the agent's user can change, found " + why);
  }
}
