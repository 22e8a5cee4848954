package io.loda.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.files.Processes;
import io.loda.agent.source.script.PluginUser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PluginTestCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path folder;
  private Path plugin;

  @BeforeEach
  void folder(@TempDir Path temp) throws IOException {
    folder = temp;
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
    plugin = Files.createDirectory(temp.resolve("plugin-demo"));
    Files.writeString(
        folder.resolve("agent.conf"), "agent.hostname = web1\nplugins.local-roots = [\"/opt\"]\n");
  }

  private void script(String... lines) throws IOException {
    Path file = plugin.resolve("plugin.sh");
    Files.writeString(file, String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private int test(String... arguments) {
    return testOf(plugin.toString(), arguments);
  }

  private int testOf(String what, String... arguments) {
    List<String> all = new ArrayList<>(List.of("plugin", "test", what));
    all.addAll(List.of("-f", folder.resolve("agent.conf").toString()));
    all.addAll(List.of(arguments));
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  /** What was said of a kind. */
  private List<String> said(String kind) {
    return out.toString()
        .lines()
        .filter(line -> line.startsWith(kind + " "))
        .map(line -> line.substring(kind.length()).strip())
        .toList();
  }

  @Test
  void pointsAreShownAsTheyWouldBeSent() throws IOException {
    script(
        "#!/bin/sh",
        "echo \"[{\\\"name\\\":\\\"m\\\",\\\"timestamp\\\":1700000000,\\\"value\\\":1,"
            + "\\\"tags\\\":{\\\"a\\\":\\\"$*\\\",\\\"e\\\":\\\"$PLUGIN_NAMESPACE"
            + " $PLUGIN_NAME $PLUGIN_INTERVAL\\\"}}]\"",
        "echo a remark >&2");

    assertThat(test("--ns", "my.ns", "--name", "demo", "--param", "x  y", "--interval", "1m"))
        .isZero();
    assertThat(said("point"))
        .hasSize(2)
        .contains("collect.my.ns PLUGIN.demo.m,a=x-y,e=my.ns-demo-60,host=web1 value=1 1700000000")
        .anyMatch(line -> line.startsWith("collect.my.ns plugin.demo,") && line.contains("ok"));
    assertThat(said("stderr")).containsExactly("a remark");
    assertThat(said("result")).singleElement().asString().startsWith("ok; exit code 0, ");
    assertThat(said("found"))
        .singleElement()
        .asString()
        .startsWith("plugin.sh in " + plugin)
        .endsWith("for at most 59.5 s");
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
  void itIsShownInTheOutputsFormat() throws IOException {
    Files.writeString(
        folder.resolve("agent.conf"),
        "outputs { q { type = nsq, servers = [\"127.0.0.1:1\"], format = loda-json,"
            + " topic-prefix = t. } }");
    script("#!/bin/sh", "echo '[{\"name\":\"m\",\"timestamp\":1700000000,\"value\":1}]'");

    assertThat(test()).isZero();
    assertThat(said("point"))
        .anyMatch(line -> line.startsWith("t.test {\"database\":\"t.test\"") && line.endsWith("}"));
  }

  @Test
  void everyRefusedItemIsShownWithItsReason() throws IOException {
    script(
        "#!/bin/sh",
        "echo '[{\"name\":\"m\",\"value\":1},{\"value\":1},{\"name\":\"n\"},"
            + "{\"name\":\"o\",\"value\":[]},{\"name\":\"p\",\"value\":null},7]'");

    assertThat(test()).isZero();
    assertThat(said("refused")).hasSize(5).allMatch(line -> line.matches("item [2-6]: .*"));
    assertThat(said("result")).singleElement().asString().contains(", 1 metric, 5 refused");
  }

  @Test
  void whatProductionCallsFailedEndsWith1() throws IOException {
    script("#!/bin/sh", "echo it is broken >&2", "exit 3");
    assertThat(test()).isEqualTo(1);
    assertThat(said("result")).singleElement().asString().startsWith("exit: ");
    assertThat(said("stderr")).containsExactly("it is broken");

    script("#!/bin/sh", "echo 'no json'");
    assertThat(test()).isEqualTo(1);

    Files.delete(plugin.resolve("plugin.sh"));
    assertThat(test()).isEqualTo(1);
    assertThat(said("found").get(2)).startsWith("neither plugin.sh nor plugin");
    assertThat(said("warning")).anyMatch(line -> line.contains("has to be built first"));
  }

  @Test
  void oneThatDoesNotEndIsToldSo() throws IOException {
    script("#!/bin/sh", "echo so far", "sleep 1000");

    assertThat(test("--interval", "1s", "--set", "plugins.min-interval=1s")).isEqualTo(1);
    assertThat(said("result")).singleElement().asString().startsWith("timeout: ");
    assertThat(said("warning"))
        .anyMatch(line -> line.contains("doesn't end within its interval of 1 s"))
        .anyMatch(line -> line.contains("mode = stream"));
  }

  @Test
  void aStreamIsRunForAnInterval() throws IOException {
    script(
        "#!/bin/sh",
        "env -i setsid sleep 1000 &",
        "echo 'm value=1 1700000000'; echo 'bad value=x'; echo a remark >&2",
        "exec sleep 1000");

    assertThat(test("--mode", "stream", "--interval", "5s", "--set", "plugins.min-interval=1s"))
        .isZero();
    assertThat(said("note")).anyMatch(line -> line.startsWith("a stream: it runs for 5.0 s here"));
    assertThat(said("point"))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("collect.test PLUGIN.demo.m,host=web1 value=1 "))
        .anyMatch(line -> line.startsWith("collect.test plugin.demo,"));
    assertThat(said("refused")).singleElement().asString().startsWith("line 2, ");
    assertThat(said("stderr")).containsExactly("a remark");
    assertThat(said("result"))
        .singleElement()
        .asString()
        .startsWith("ok; exit code ")
        .contains("1 metric, 1 refused, 0 processes left over");
    assertThat(said("warning")).containsExactly(notBelowARoot());
  }

  private String notBelowARoot() {
    return "path: would refuse it on this host: "
        + plugin
        + ": lies below none of [/opt] (plugins.local-roots); move it there, or add its folder to"
        + " that key";
  }

  @Test
  void eachThatAStreamHasRefusedIsShown() throws IOException {
    script("#!/bin/sh", "printf 'bad value=x\\nm value=1\\nworse value=\\n'; exec sleep 1000");

    assertThat(test("--mode", "stream", "--interval", "1s", "--set", "plugins.min-interval=1s"))
        .isZero();
    assertThat(said("refused"))
        .satisfiesExactly(
            first -> assertThat(first).startsWith("line 1, "),
            second -> assertThat(second).startsWith("line 3, "));
    assertThat(out.toString()).doesNotContain("test|tested");
  }

  @Test
  void ofManyLinesTheFirstAreShownAndHowManyMoreThereAre() throws IOException {
    script(
        "#!/bin/sh",
        "awk 'BEGIN { printf \"[{\\\"name\\\":\\\"m\\\",\\\"value\\\":1}\";"
            + " for (i = 0; i < 20097; i++) printf \",{}\"; print \"]\" }'");

    assertThat(test()).isZero();
    assertThat(said("refused")).hasSize(101).endsWith("and 19,997 more (--all shows them)");
    assertThat(said("result")).singleElement().asString().contains(", 20097 refused, ");

    out.getBuffer().setLength(0);
    assertThat(test("--all")).isZero();
    assertThat(said("refused")).hasSize(20097);
  }

  @Test
  void aStringThatIsANumberAndAKeyThatIsTooLongAreWarnedOf() throws IOException {
    script(
        "#!/bin/sh",
        "long=$(head -c 33000 /dev/zero | tr '\\0' x)",
        "echo \"[{\\\"name\\\":\\\"m\\\",\\\"value\\\":\\\"5\\\"},"
            + "{\\\"name\\\":\\\"n\\\",\\\"value\\\":\\\"fine\\\"},"
            + "{\\\"name\\\":\\\"k\\\",\\\"value\\\":1,\\\"tags\\\":{\\\"a\\\":\\\"$long\\\",\\\"b\\\":\\\"$long\\\"}}]\"");

    assertThat(test()).isZero();
    assertThat(said("warning"))
        .hasSize(3)
        .anyMatch(
            line -> line.startsWith("PLUGIN.demo.m: value is the string \"5\", which is sent"))
        .anyMatch(
            line -> line.matches("PLUGIN.demo.k: its name, .* have 660\\d\\d bytes; .* 65535"));
  }

  @Test
  void anIntervalThatIsRaisedIsSaid() throws IOException {
    script("#!/bin/sh", "echo '[{\"name\":\"m\",\"value\":1}]'");

    assertThat(test("--interval", "1s", "--set", "plugins.min-interval=7s")).isZero();
    assertThat(said("note")).contains("an interval of 1 s is raised to 7 s (plugins.min-interval)");
  }

  @Test
  void itIsRunAsOftenAsIsAskedForAndShownAsItPrints() throws IOException {
    script(
        "#!/bin/sh",
        "echo x >>$PLUGIN_SCRATCH/runs; n=$(wc -l <$PLUGIN_SCRATCH/runs)",
        "echo \"m value=$n 1700000000\"");

    assertThat(test("--repeat", "3", "--raw")).isZero();
    assertThat(said("raw"))
        .containsExactly("m value=1 1700000000", "m value=2 1700000000", "m value=3 1700000000");
    assertThat(said("result")).hasSize(3);
    assertThat(said("point")).anyMatch(line -> line.endsWith(" value=3 1700000000"));
    assertThat(test("--repeat", "0")).isEqualTo(2);
  }

  @Test
  void aBadOutputIsShown() throws IOException {
    script("#!/bin/sh", "echo '[1,'");

    assertThat(test()).isEqualTo(1);
    assertThat(said("stdout")).containsExactly("[1,");
  }

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
  void whatAnAgentWouldLetGoOnIsEndedAndSaid() throws IOException {
    script(
        "#!/bin/sh", "setsid sleep 1000 </dev/null >/dev/null 2>&1 &", "echo $! >&2", "echo '[]'");

    assertThat(
            testOf(
                "{ measurement_type = PLUGIN, name = PLUGIN.keeper, git = \"path:"
                    + plugin
                    + "\", interval = 0, keep = \"true\" }"))
        .as(out + "" + err)
        .isZero();

    assertThat(said("warning"))
        .contains(
            "it left 1 process running: ended, as a trial keeps nothing; an agent lets it go on");
    assertThat(said("result")).singleElement().asString().contains("1 process left over");
    long pid = Long.parseLong(said("stderr").get(0));
    assertThat(ProcessHandle.of(pid).filter(process -> Processes.runs(pid))).isEmpty();
  }

  @Test
  void aStreamThatEndsIsToldWhatTheAgentDoesThen() throws IOException {
    script("#!/bin/sh", "exit 3");

    assertThat(test("--mode", "stream")).isEqualTo(1);
    assertThat(said("warning")).anyMatch(line -> line.startsWith("it ended by itself; "));
    assertThat(said("result")).singleElement().asString().startsWith("exit: ");
    assertThat(test("--mode", "tide")).isEqualTo(2);
  }

  @Test
  void whatARunTakesAndLeavesIsShown() throws IOException {
    script(
        "#!/bin/sh",
        "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done",
        "sleep 1000 & env -i setsid sleep 1000 &",
        "echo '[{\"name\":\"m\",\"value\":1}]'");

    assertThat(test()).isZero();
    assertThat(said("result"))
        .singleElement()
        .asString()
        .containsPattern("CPU [1-9][0-9]* ms, memory [1-9][0-9]* kB, ")
        .endsWith("2 processes left over");
    assertThat(said("warning")).contains("it left 2 processes running: ended");
  }

  @Test
  void thePolicyHoldsHereToo() throws IOException {
    script("#!/bin/sh", "sleep 1000");
    Files.writeString(folder.resolve("policy.conf"), "max-timeout = 1s");

    assertThat(test()).isEqualTo(1);
    assertThat(said("found")).singleElement().asString().endsWith("for at most 1.0 s");
    assertThat(said("result")).singleElement().asString().startsWith("timeout: ");
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
        DataFolder.take(data, folder.resolve("agent.pid"), folder.resolve("plugins"))) {
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
}
