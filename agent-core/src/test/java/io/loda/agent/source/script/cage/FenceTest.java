package io.loda.agent.source.script.cage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Configs;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.process.RunGroup;
import io.loda.agent.source.script.user.PluginUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FenceTest {

  /** Takes the filter as {@code setpriv} does, and becomes the next program. */
  private static final String LOADS =
      """
      import ctypes, os, sys
      code = open(sys.argv[1], 'rb').read()
      class Program(ctypes.Structure):
        _fields_ = [('length', ctypes.c_ushort), ('code', ctypes.c_void_p)]
      buffer = ctypes.create_string_buffer(code, len(code))
      program = Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
      libc = ctypes.CDLL(None, use_errno=True)
      if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program)):
        sys.exit(os.strerror(ctypes.get_errno()))
      os.execvp(sys.argv[2], sys.argv[2:])
      """;

  private static final AgentConfig.Limits LIMITS =
      Configs.limits(Duration.ofSeconds(7), 1L << 30, 77, 222, 8L << 20);

  @TempDir private Path folder;

  private String setpriv(String... lines) throws Exception {
    Path program = folder.resolve("setpriv");
    ScriptRuns.write(program, "#!/bin/sh", lines);
    return program.toString();
  }

  @Test
  void olderOneHasNone() throws Exception {
    assertThat(Fence.options(setpriv("echo ' --securebits <bits>'"), folder)).isEmpty();
    assertThat(folder.resolve(".fence")).doesNotExist();
  }

  @Test
  void newerOneIsTold() throws Exception {
    List<String> options =
        Fence.options(
            setpriv("echo ' --seccomp-filter <file>'; echo ' --landlock-access <access>'"), folder);

    assertThat(options)
        .containsExactly(
            "--landlock-access=fs:make-char,make-block",
            "--seccomp-filter=" + folder.resolve(".fence/user-namespaces.bpf"));
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve(".fence/user-namespaces.bpf"))))
        .isEqualTo("rw-r--r--");
  }

  @Test
  void whatTheKernelDoesNotTakeIsLeftOut() throws Exception {
    String refuses =
        setpriv(
            "[ \"$1\" = --help ] || case $* in *--landlock*) exit 1;; esac",
            "echo ' --seccomp-filter <file>'; echo ' --landlock-access <access>'");

    assertThat(Fence.options(refuses, folder))
        .singleElement()
        .asString()
        .startsWith("--seccomp-filter=");
  }

  @Test
  void optionsStandBeforeThePlugin() {
    assumeThat(ScriptRuns.ROOT).as("only root changes the user").isTrue();
    PluginUser other = new PluginUser("nobody", 65534, List.of(65534L), "/", true);

    List<String> command =
        new RunCommand(other, LIMITS, List.of("--seccomp-filter=x"))
            .of(RunGroup.NONE, 0, Path.of("/p/plugin.sh"), List.of("a"));

    assertThat(command)
        .containsSubsequence("--bounding-set=-all", "--seccomp-filter=x", "/p/plugin.sh", "a");
  }

  @Test
  void filterForbidsUserNamespacesAndNothingElse() throws Exception {
    Path filter = folder.resolve("filter");
    byte[] code = NamespaceFilter.of(System.getProperty("os.arch"));
    assumeThat(code).as("this processor's calls are known").isNotEmpty();
    Files.write(filter, code);
    Path loads = Files.writeString(folder.resolve("loads.py"), LOADS);
    List<String> with = List.of("python3", loads.toString(), filter.toString());

    assertThat(end(with, "sh", "-c", "ls / | wc -l && (exit 0) && python3 -c pass")).isZero();
    // who starts a thread takes clone3, or clone where that isn't there
    assertThat(
            end(
                with,
                "python3",
                "-c",
                "import threading; t = threading.Thread(target=print); t.start(); t.join()"))
        .isZero();
    assertThat(end(with, "unshare", "--user", "true")).isNotZero();
    assertThat(
            end(
                with,
                "python3",
                "-c",
                "import ctypes, os, signal, sys; c = ctypes.CDLL(None, use_errno=True);"
                    + " sys.exit(0 if c.syscall(435, None, 0) == -1"
                    + " and ctypes.get_errno() == 38 else 1)"))
        .as("clone3 isn't there")
        .isZero();
  }

  private int end(List<String> before, String... program) throws Exception {
    List<String> command = new java.util.ArrayList<>(before);
    command.addAll(List.of(program));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("said").toFile())
        .start()
        .waitFor();
  }
}
