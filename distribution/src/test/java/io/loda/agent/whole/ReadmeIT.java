package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.FreePort;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of the README and of the page for operators, as they stand there, on another port
 * and data folder.
 */
class ReadmeIT {

  private static final Path ROOT = Path.of(System.getProperty("agent.root", "."));
  private static final String START = "bin/agent start -f conf/agent.conf";
  private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
  private static final Pattern POINT =
      Pattern.compile(
          "^PLUGIN\\.example\\.answer,host=[^ ]+ value=42 [0-9]{10}$", Pattern.MULTILINE);

  @TempDir private Path folder;

  private static List<String> blocks(String page) throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(Files.readString(ROOT.resolve(page)));
    while (matcher.find()) {
      blocks.add(matcher.group(1));
    }
    return blocks;
  }

  @Test
  void everyCommandWorks() throws Exception {
    List<String> commands =
        Stream.concat(blocks("README.md").stream(), blocks("docs/operating.md").stream())
            .filter(block -> !block.startsWith("#!"))
            .flatMap(String::lines)
            .filter(line -> !line.equals("bin/test"))
            .toList();
    assertThat(commands).contains(START).hasSizeGreaterThan(8);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    String address = "127.0.0.1:" + FreePort.find();
    Map<String, String> environment =
        Map.of("AGENT_HTTP_LISTEN", address, "AGENT_DATA_DIR", folder.resolve("data").toString());
    Path output = folder.resolve("output");
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder("sh", "-c", "exec " + START)
            .directory(ROOT.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(output.toFile())
            .redirectError(log.toFile());
    builder.environment().putAll(environment);
    Process agent = builder.start();
    try {
      await()
          .atMost(AgentProcess.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(Files.readString(output))
                      .as("%s", Files.readString(log))
                      .containsPattern(POINT)
                      .contains("cpu.idle,", "mem.used.percent,", "cpu.loadavg.1,", "PORT."));
      for (String command : commands) {
        if (!command.equals(START)) {
          String here = command.replace("127.0.0.1:1232", address);
          // a plugin's own run may be under way
          AgentProcess.Finished finished =
              await()
                  .atMost(AgentProcess.PATIENCE)
                  .until(
                      () -> AgentProcess.run(environment, "sh", "-ec", here),
                      ran -> !ran.out().contains("plugin is running"));
          assertThat(finished.exitCode()).as("%s: %s", command, finished.out()).isZero();
        }
      }
      // the last of them stopped it
      assertThat(agent.waitFor()).isZero();
    } finally {
      agent.destroyForcibly();
    }
  }

  @Test
  void thePluginInItIsOne() throws Exception {
    String script =
        blocks("README.md").stream()
            .filter(block -> block.startsWith("#!"))
            .findFirst()
            .orElseThrow();
    Path plugin = folder.resolve("plugin.sh");
    Files.writeString(plugin, script);
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));
    AgentProcess.Finished run = AgentProcess.run(plugin.toString());
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("[").contains("\"name\": \"queue.length\", \"value\": ");
    assertThat(script.lines().count()).isLessThanOrEqualTo(10);
  }
}
