package io.loda.agent.cli.plugintest;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assembly.DataFolder;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.files.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

/** What {@code agent plugin test} takes for a plugin, and refuses. */
final class PluginTrialSubjectTest extends PluginTrialFixture {

  @Test
  void aRepositoryIsFetchedAsIfItWereAssigned() throws Exception {
    script("#!/bin/sh", "echo \"[{\\\"name\\\":\\\"m\\\",\\\"value\\\":1}]\"");
    try (org.eclipse.jgit.api.Git git =
        org.eclipse.jgit.api.Git.init()
            .setDirectory(plugin.toFile())
            .setInitialBranch("release")
            .call()) {
      git.add().addFilepattern(".").call();
      git.commit()
          .setMessage("First")
          .setAuthor("a", "a@example.com")
          .setCommitter("a", "a@example.com")
          .setSign(false)
          .call();
      git.tag().setName("v1").setSigned(false).setAnnotated(false).call();
      script("#!/bin/sh", "exit 7");
      git.add().addFilepattern(".").call();
      git.commit()
          .setMessage("Second")
          .setAuthor("a", "a@example.com")
          .setCommitter("a", "a@example.com")
          .setSign(false)
          .call();
    }
    String roots = "plugins.local-roots=[\"" + folder + "\"]";

    assertThat(testOf("file://" + plugin, "--ref", "v1", "--set", roots)).as(err + "").isZero();
    assertThat(said("point")).anyMatch(line -> line.startsWith("collect.test PLUGIN.demo.m,"));
    assertThat(testOf("file://" + plugin, "--set", roots)).isEqualTo(1);
    assertThat(testOf("file://" + plugin, "--ref", "none", "--set", roots)).isEqualTo(1);
    assertThat(said("result")).anyMatch(line -> line.startsWith("failed: "));
    assertThat(testOf("file://" + plugin, "--ref", "../x", "--set", roots)).isEqualTo(2);
  }

  @Test
  void anItemIsTriedAsTheRegistryHasIt() throws IOException {
    script("#!/bin/sh", "echo \"[{\\\"name\\\":\\\"m\\\",\\\"value\\\":$1}]\"");
    String item =
        "{ measurement_type = PLUGIN, name = PLUGIN.mail, git = \"path:"
            + plugin
            + "\", interval = 60, parameters = 42 }";

    assertThat(testOf(item)).isZero();
    assertThat(said("point"))
        .anyMatch(line -> line.startsWith("collect.test PLUGIN.mail.m,host=web1 value=42 "));
    Files.writeString(folder.resolve("policy.conf"), "deny-repositories = [\"path:**\"]");
    assertThat(testOf(item)).isZero();
    assertThat(said("warning"))
        .anyMatch(line -> line.startsWith("it would be left out on this host: policy: "));
    assertThat(testOf("{ measurement_type = PLUGIN }")).isEqualTo(2);
    assertThat(testOf("no-such-thing")).isEqualTo(2);
    assertThat(err.toString()).contains("expected a plugin's folder, a repository's address or");
  }

  @Test
  void aFolderThatItsUserCannotReachIsCopiedAsInProduction() throws IOException {
    org.junit.jupiter.api.Assumptions.assumeTrue(PluginUser.ownUid() == 0);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    script("#!/bin/sh", "pwd >&2", "echo '[{\"name\":\"m\",\"value\":1}]'");

    assertThat(test()).isZero();
    assertThat(said("found")).singleElement().asString().contains("a copy of it is run");
    assertThat(Path.of(said("stderr").get(0))).doesNotExist();
  }

  @Test
  void aDataFolderInUseIsNoHindranceAndIsLeftAlone() throws IOException {
    script("#!/bin/sh", "echo '[{\"name\":\"m\",\"value\":1}]'");
    Path data = folder.resolve("data");
    try (DataFolder held =
        DataFolder.take(
            data, folder.resolve("agent.pid"), folder.resolve("plugins"), Trust.everybody())) {
      assertThat(held).isNotNull();
      Files.writeString(
          folder.resolve("agent.conf"),
          "agent.data-dir = \"" + data + "\"\nplugins.dir=\"" + data + "/p\"");
      assertThat(test()).isZero();
    }
    assertThat(data.resolve("p")).doesNotExist();
  }

  @Test
  void usageAndConfigurationEndWith2() throws IOException {
    script("#!/bin/sh");
    assertThat(test("--param", "a;b")).isEqualTo(2);
    assertThat(test("--interval", "soon")).isEqualTo(2);
    assertThat(test("--set", "log.level=loud")).isEqualTo(2);
    assertThat(test("--set", "plugins.user=no-such-user")).isIn(0, 2);
    assertThat(err.toString())
        .contains("parameters: expected", "--interval: expected", "log.level");
    plugin = plugin.resolve("none");
    assertThat(test()).isEqualTo(2);
  }

  @Test
  void noPluginIsNotTheCurrentFolder() {
    assertThat(testOf("")).isEqualTo(2);
    assertThat(testOf(" ")).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "expected a plugin's folder, a repository's address or an item { … }, found \"\"");
  }

  @Test
  void aFolderThatIsNotThereIsSaid() {
    testOf("my/nosuch");
    assertThat(said("note"))
        .contains(
            "my/nosuch is taken as GROUP/REPO of plugins.git-url; there is no folder "
                + Path.of("my/nosuch").toAbsolutePath());
    assertThat(testOf("nosuch")).isEqualTo(2);
    assertThat(err.toString())
        .contains("found \"nosuch\"; there is no folder " + Path.of("nosuch").toAbsolutePath());
  }

  @Test
  void namespaceThatCannotBeIsAMistakeOfTheCall() throws IOException {
    script("#!/bin/sh", "echo '[]'");

    assertThat(test("--ns", "a b/../c")).isEqualTo(2);
    assertThat(err.toString())
        .startsWith(
            "agent: --ns: expected 1 to 64 of [.a-zA-Z0-9_-], no dot first, found \"a b/../c\"");
  }

  @Test
  void mistakesInTheFileAreWarnedOf() throws IOException {
    script("#!/bin/sh\r", "echo\r");
    assertThat(test()).isEqualTo(1);
    assertThat(said("warning")).anyMatch(line -> line.contains("CRLF"));

    script("echo '[]'");
    assertThat(test()).isZero();
    assertThat(said("warning"))
        .anyMatch(line -> line.contains("no first line like #!/bin/sh: sh runs it"));

    script("#!/nowhere/sh");
    test();
    assertThat(said("warning")).anyMatch(line -> line.contains("/nowhere/sh, which isn't here"));

    Files.setPosixFilePermissions(
        plugin.resolve("plugin.sh"), PosixFilePermissions.fromString("rw-r--r--"));
    test();
    assertThat(said("warning")).anyMatch(line -> line.contains("isn't executable"));
    assertThat(said("found")).noneMatch(line -> line.contains("a copy"));
  }

  @Test
  void anIntervalThatIsRaisedIsSaid() throws IOException {
    script("#!/bin/sh", "echo '[{\"name\":\"m\",\"value\":1}]'");

    assertThat(test("--interval", "1s", "--set", "plugins.min-interval=7s")).isZero();
    assertThat(said("note")).contains("an interval of 1 s is raised to 7 s (plugins.min-interval)");
  }
}
