package io.loda.agent.source.script.cage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.process.OutputPipes;
import io.loda.agent.source.script.process.PlainProcess;
import io.loda.agent.source.script.process.RunGroup;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.user.PluginUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same cage by whatever shell a host calls {@code sh}. */
class RunCommandTest {

  private static final AgentConfig.Limits LIMITS =
      new AgentConfig.Limits(Duration.ofSeconds(7), 1L << 20, 1L << 30, 77, 222, 8L << 20);

  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash", "busybox"})
  void limitsAreTheSameByEveryShell(String name, @TempDir Path folder) throws Exception {
    Path shell = folder.resolve("sh");
    Path program =
        List.of(Path.of("/bin", name), Path.of("/usr/bin", name)).stream()
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(Path.of("none"));
    assumeThat(program).isExecutable();
    // as a host has it: called sh, and by that name a shell of POSIX
    Files.createSymbolicLink(shell, program);
    PluginUser same = new PluginUser("test", PluginUser.ownUid(), List.of(), "/", false);
    Path plugin = folder.resolve("plugin.sh");
    ScriptRuns.write(
        plugin,
        "#!/bin/sh",
        "echo \"<$1>\" \"<$2>\" $(umask) ${SHLVL:-0} ${PWD:+pwd}",
        "cat /proc/self/limits");

    try (OutputPipes pipes = new OutputPipes(folder.resolve("pipes"))) {
      PlainProcess process =
          new PlainProcess(
              pipes,
              new RunCommand(same, LIMITS, List.of(), shell.toString())
                  .of(RunGroup.NONE, 0, plugin, List.of("a  b", "$(c)")),
              folder,
              Map.of("PATH", "/usr/bin:/bin"),
              ScriptRuns.DEADLINE,
              1 << 20);
      RunResult result = process.run();

      assertThat(result.ok()).as("%s", result).isTrue();
      String output = new String(process.output(), java.nio.charset.StandardCharsets.UTF_8);
      assertThat(output.lines().findFirst())
          .hasValueSatisfying(line -> assertThat(line).startsWith("<a  b> <$(c)> 0022 0"));
      assertThat(output)
          .containsPattern("Max cpu time +7 +8 ")
          .containsPattern("Max address space +1073741824 +1073741824 ")
          .containsPattern("Max open files +77 +77 ")
          .containsPattern("Max file size +8388608 +8388608 ")
          .containsPattern("Max core file size +0 +0 ")
          .containsPattern("Max resident set +[1-9]\\d{17,18} ")
          .containsPattern("Max processes +\\d+ +\\d+ ");
    }
  }
}
