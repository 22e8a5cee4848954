package io.loda.agent.assembly;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.files.FileReason;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Checks the places outside the data folder where the agent writes: nobody else may put a link
 * there, which root would follow. Blocks shortly.
 */
public final class OwnPlaces {

  private OwnPlaces() {}

  /**
   * Returns the owners whose folders are accepted; an agent that isn't root trusts its own user.
   */
  public static Trust trust(AgentConfig config) {
    return PluginUser.ownUid() == 0 ? new Trust(config.host().home()) : Trust.everybody();
  }

  /** Says what keeps the plugins' users from reaching their checkouts; empty: nothing does. */
  public static Optional<String> hidden(AgentConfig config, PluginUser user) {
    Path existing = config.plugins().dir();
    while (existing.getParent() != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (!user.switched()) {
      return Optional.empty();
    }
    try (Opened opened = SafeFiles.open(existing)) {
      return opened.way().stream()
          .filter(step -> !step.stat().everybodyMayEnter())
          .findFirst()
          .map(
              step ->
                  "plugins.dir: "
                      + config.plugins().dir()
                      + " can't be reached by the users that plugins run as, since "
                      + step.path()
                      + " has mode "
                      + step.mode()
                      + "; chmod o+x "
                      + step.path()
                      + ", or set agent.data-dir");
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Returns the first unsafe place and why it is unsafe; empty: all are safe. */
  public static Optional<String> problem(AgentConfig config) {
    Trust trust = trust(config);
    return Stream.of(
            of("agent.data-dir", config.host().dataDir(), trust::problemOfOurs),
            of("plugins.dir", config.plugins().dir(), trust::problemOfOurs),
            of("log.file", config.log().file(), file -> trust.problemAbove(file, true)),
            of("agent.pid-file", config.host().pidFile(), file -> trust.problemAbove(file, false)),
            of(
                "http.unix-socket",
                config.http().unixSocket(),
                file -> trust.problemAbove(file, false)),
            of(
                "http.post-socket",
                config.http().postSocket(),
                file -> trust.problemAbove(file, false)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Says why a file made at a path isn't safe. */
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
      problem = Optional.of(FileReason.of(e));
    }
    return problem.map(
        why -> key + ": expected a place that only the agent's user can change, found " + why);
  }
}
