package io.loda.agent.assembly;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.config.ConfigException;
import io.loda.common.testing.OtherUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OwnPlacesTest {

  @TempDir private Path temp;
  private Path theirs;

  @BeforeEach
  void makeFolders() throws IOException {
    OtherUser.need();
    temp = temp.toRealPath();
    theirs = Files.createDirectory(temp.resolve("theirs"));
    Files.setAttribute(theirs, "unix:uid", OtherUser.ID);
  }

  private Optional<String> problem(String key, Path place) throws ConfigException {
    Map<String, String> flags = new HashMap<>(Map.of("agent.data-dir", temp + "/data"));
    flags.put(key, place.toString());
    return OwnPlaces.problem(new ConfigLoader(temp, Map.of(), true).load(null, flags));
  }

  @Test
  void whatPluginsCanNotReachIsSaid() throws Exception {
    AgentConfig config =
        new ConfigLoader(temp, Map.of(), true)
            .load(null, Map.of("agent.data-dir", temp.resolve("closed/data").toString()));
    PluginUser user = new PluginUser("auto", OtherUser.ID, List.of(), "", true);
    Path closed = Files.createDirectory(temp.resolve("closed"));
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(OwnPlaces.hidden(config, user)).isEmpty();

    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    assertThat(OwnPlaces.hidden(config, user))
        .get()
        .asString()
        .contains(closed + " has mode 0700; chmod o+x " + closed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "agent.data-dir",
        "plugins.dir",
        "log.file",
        "agent.pid-file",
        "http.unix-socket",
        "http.post-socket"
      })
  void rootMakesNothingWhereSomebodyElseCouldPutALink(String key) throws Exception {
    assertThat(problem(key, theirs.resolve("new/er")))
        .hasValueSatisfying(
            why ->
                assertThat(why)
                    .startsWith(key + ": expected a place that only the agent's user can change")
                    .contains(theirs + " belongs to the user with id " + OtherUser.ID));
    Files.createSymbolicLink(theirs.resolve("link"), temp);
    assertThat(problem(key, theirs.resolve("link/new")))
        .get()
        .asString()
        .contains("isn't followed");

    assertThat(problem(key, temp.resolve("new/er"))).isEmpty();
    // a sticky folder of root's
    assertThat(problem(key, Path.of("/tmp/agent-that-is-not-there/x"))).isEmpty();
  }

  @Test
  void theLogMayBeWhereAGroupMayWrite() throws Exception {
    Path logs = Files.createDirectory(temp.resolve("log"));
    Files.setAttribute(logs, "unix:mode", 0775);

    assertThat(problem("log.file", logs.resolve("agent.log"))).isEmpty();
    assertThat(problem("agent.pid-file", logs.resolve("agent.pid"))).isPresent();
    Files.setAttribute(logs, "unix:mode", 0777);
    assertThat(problem("log.file", logs.resolve("agent.log"))).isPresent();
  }
}
