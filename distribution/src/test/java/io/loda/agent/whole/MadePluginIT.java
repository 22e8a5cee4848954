package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From {@code plugin new} to the first point, in each language. */
class MadePluginIT {

  private static final Path ROOT = Path.of(System.getProperty("agent.root", "."));
  private static final String AGENT = ROOT.resolve("bin/agent").toAbsolutePath().toString();

  @TempDir private Path folder;

  private static String api() throws IOException {
    Path lib = ROOT.resolve("distribution/target/lib");
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(lib, "plugin-api-*.jar")) {
      return jars.iterator().next().toAbsolutePath().toString();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--shell, PLUGIN.made.answer",
    "--python, PLUGIN.made.answer",
    "--java, PLUGIN.made.threads"
  })
  void passesItsOwnTestAndTheAgents(String language, String point) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path made = folder.resolve("plugin-made");
    assertThat(
            AgentProcess.run(
                    AGENT, "plugin", "new", "plugin-made", language, "--dir", folder.toString())
                .exitCode())
        .isZero();

    AgentProcess.Finished own =
        AgentProcess.run(Map.of("PLUGIN_API", api()), made.resolve("test.sh").toString());
    assertThat(own.exitCode()).as(own.out()).isZero();
    assertThat(own.out()).contains("plugin-made: passed");

    AgentProcess.Finished tried = AgentProcess.run(AGENT, "plugin", "test", made.toString());
    assertThat(tried.exitCode()).as(tried.out()).isZero();
    assertThat(tried.out()).contains("point    collect.test " + point + ",host=");
  }

  @Test
  void aPolicyThatIsWrongKeepsTheAgentFromStarting() throws Exception {
    try (AgentProcess agent = new AgentProcess(folder)) {
      Files.writeString(agent.config().resolveSibling("policy.conf"), "allow-user = [nobody]");
      for (String command : new String[] {"check", "start"}) {
        AgentProcess.Finished finished = agent.command(command);
        assertThat(finished.exitCode()).isEqualTo(2);
        assertThat(finished.out())
            .contains("policy.conf: allow-user: expected a known key (allow-users?)");
      }
      Files.writeString(agent.config().resolveSibling("policy.conf"), "allow-users = [no-such]");
      AgentProcess.Finished finished = agent.command("start");
      assertThat(finished.exitCode()).isEqualTo(2);
      assertThat(finished.out()).contains("plugins.user: expected a user that", "no-such");
    }
  }
}
