package io.loda.agent.git.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.TestRepository;
import io.loda.agent.git.child.GitFetch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The process that fetches, on a machine that is a trap: what it would run there leaves a file. It
 * is started with the user's home and environment; the agent's own doesn't even have those.
 */
class IsolatedFetchTest {

  private Path folder;
  private Path home;
  private Path ran;
  private TestRepository repository;
  private TestRepository other;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    home = Files.createDirectory(folder.resolve("home"));
    ran = Files.createDirectory(folder.resolve("ran"));
    repository = new TestRepository(folder, "demo");
    other = new TestRepository(folder, "other");
    other.push("main", "other");
    other.push("release", "other");
    for (String file : List.of("home/.gitconfig", "xdg/git/config", "xdg/jgit/config", "system")) {
      configure(folder.resolve(file));
    }
    trap("template/hooks/post-checkout");
    trap("hooks/post-checkout");
    Files.writeString(home.resolve("attributes"), "* filter=attributes\n");
  }

  @AfterEach
  void close() {
    other.close();
    repository.close();
  }

  private void configure(Path file) throws IOException {
    String text =
        """
        [filter "lfs"]
          smudge = TRAP(lfs)
          process = TRAP(lfs)
          required = true
        [filter "attributes"]
          smudge = TRAP(attributes)
        [core]
          sshCommand = TRAP(sshCommand)
          gitProxy = TRAP(gitProxy)
          attributesFile = HOME/attributes
          hooksPath = HOME/../hooks
        [init]
          templateDir = HOME/../template
        [credential]
          helper = !TRAP(credential)
        [url "OTHER"]
          insteadOf = ADDRESS
        """
            .replaceAll("TRAP\\((\\w+)\\)", "touch " + ran + "/$1")
            .replace("HOME", home.toString())
            .replace("OTHER", other.address())
            .replace("ADDRESS", repository.address());
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** A program that leaves a file with its name. */
  private String trap(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\ntouch " + ran.resolve(file.getFileName()) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file.toString();
  }

  @Test
  void nothingOfTheMachineOrTheRepositoryIsRun() throws Exception {
    String pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 12345\n"
            .formatted("4d7a".repeat(16));
    Files.writeString(repository.work.resolve("large"), pointer);
    Files.writeString(repository.work.resolve(".gitattributes"), "large filter=lfs\n");
    Files.writeString(
        repository.work.resolve(".lfsconfig"), "[lfs]\n\turl = " + other.address() + "\n");
    repository.git().submoduleAdd().setPath("sub").setURI(other.address()).call().close();
    Files.writeString(
        repository.work.resolve(".gitmodules"),
        "[submodule \"sub\"]\n\tpath = sub\n\turl = %s\n\tupdate = !touch %s/submodule\n"
            .formatted(other.address(), ran));
    for (String hook : List.of("post-checkout", "pre-receive", "post-update", "upload-pack")) {
      trap("demo.git/hooks/" + hook);
    }
    repository.push("release", "content");

    String said = fetch(repository.address());

    Path checkout = folder.resolve("new");
    assertThat(said).contains("\"cloned\":true");
    assertThat(ran).isEmptyDirectory();
    assertThat(checkout.resolve("plugin.sh")).hasContent("content");
    assertThat(checkout.resolve("large")).hasContent(pointer);
    assertThat(checkout.resolve("sub")).isEmptyDirectory();
    assertThat(checkout.resolve(".git/hooks/post-checkout")).doesNotExist();
  }

  @Test
  void sshIsTheAgentsOwn() throws Exception {
    assertThat(fetch("ssh://git@127.0.0.1:1/group/demo.git")).contains("can't be read");

    assertThat(ran).isEmptyDirectory();
  }

  /** Into the folder {@code new}; what the process said. */
  private String fetch(String address) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                io.loda.common.files.SafeFiles.JVM_OPTION,
                "-Duser.home=" + home,
                "-cp",
                System.getProperty("java.class.path"),
                "io.loda.agent.Main",
                GitFetch.COMMAND)
            .redirectErrorStream(true);
    String config = home.resolve(".gitconfig").toString();
    builder
        .environment()
        .putAll(
            Map.ofEntries(
                Map.entry("HOME", home.toString()),
                Map.entry("XDG_CONFIG_HOME", folder.resolve("xdg").toString()),
                Map.entry("GIT_CONFIG_GLOBAL", config),
                Map.entry("GIT_CONFIG_SYSTEM", folder.resolve("system").toString()),
                Map.entry("GIT_CONFIG_COUNT", "1"),
                Map.entry("GIT_CONFIG_KEY_0", "core.sshCommand"),
                Map.entry("GIT_CONFIG_VALUE_0", trap("bin/GIT_CONFIG_VALUE_0")),
                Map.entry("GIT_SSH", trap("bin/GIT_SSH")),
                Map.entry("GIT_SSH_COMMAND", trap("bin/GIT_SSH_COMMAND")),
                Map.entry("GIT_ASKPASS", trap("bin/GIT_ASKPASS")),
                Map.entry("SSH_ASKPASS", trap("bin/SSH_ASKPASS")),
                Map.entry("GIT_TEMPLATE_DIR", folder.resolve("template").toString())));
    for (String program : List.of("git", "ssh", "git-lfs", "gpg")) {
      trap("bin/" + program);
    }
    builder.environment().merge("PATH", folder + "/bin", (path, bin) -> bin + ":" + path);
    Process child = builder.start();
    try {
      new GitRequest(
              address,
              "",
              folder.resolve("new"),
              List.of(),
              GitSettings.of(new PluginsConfig(folder.resolve("plugins")).build(), home))
          .writeTo(child.getOutputStream(), Map.of());
      String said = new String(child.getInputStream().readAllBytes(), UTF_8);
      assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return said;
    } finally {
      child.destroyForcibly();
    }
  }
}
