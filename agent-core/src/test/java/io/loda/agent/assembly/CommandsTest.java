package io.loda.agent.assembly;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.Main;
import io.loda.agent.cli.Terminal;
import io.loda.agent.version.Version;
import io.loda.common.files.Trust;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class CommandsTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path folder;

  @BeforeEach
  void folder(@TempDir Path temp) {
    folder = temp;
  }

  private int run(String... arguments) {
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return command.execute(arguments);
  }

  /** With a configuration file of these lines, and a data folder of the test. */
  private int runWith(String command, String... lines) throws IOException {
    List<String> all = new ArrayList<>(List.of(lines));
    all.add("agent.data-dir = \"" + folder.resolve("data") + '"');
    Path file = Files.write(folder.resolve("agent.conf"), all);
    return run(command, "-f", file.toString());
  }

  @Test
  void whatAJavaPluginPrintsDoesNotComeAmongThePoints() {
    PrintStream before = System.out;
    try {
      Terminal.connect(Main.commandLine());
      assertThat(System.out).isSameAs(System.err);
    } finally {
      System.setOut(before);
    }
  }

  @Test
  void everyCommandExplainsItself() {
    assertThat(run("plugin", "test", "--help")).isZero();
    assertThat(run("plugin", "--help")).isZero();
    assertThat(run("stop", "-h")).isZero();

    assertThat(err.toString()).isEmpty();
    assertThat(out.toString())
        .contains("Usage: agent plugin test ", "Usage: agent plugin ", "Usage: agent stop ");
  }

  @Test
  void fieldsOfOneTypeAreListedAlone() {
    assertThat(run("plugin", "fields", "port")).isZero();
    assertThat(out.toString())
        .contains("every type\n", "PORT\n", "  connect_timeout ")
        .doesNotContain("PROC\n", "bin_path ");
    assertThat(run("plugin", "fields", "GOPLUGIN")).isZero();

    assertThat(run("plugin", "fields", "PORTS")).isEqualTo(2);
    assertThat(err.toString()).contains("TYPE: expected one of CGROUP, ");
  }

  @Test
  void versionIsOneLine() {
    assertThat(run("version")).isZero();

    assertThat(out.toString().lines()).hasSize(1);
    assertThat(out.toString()).startsWith("agent " + Version.current().version() + " (commit ");
    assertThat(err.toString()).isEmpty();
    String said = out.toString();
    assertThat(run("-v")).isZero();
    assertThat(run("stop", "-v")).isZero();
    assertThat(out.toString()).isEqualTo(said.repeat(3));
  }

  @Test
  void checkSaysWhereAGoodConfigurationPutsItsData() throws IOException {
    assertThat(runWith("check", registry("[{measurement_type = CPU, name = cpu}]"))).isEqualTo(2);
    assertThat(err.toString()).contains("my.ns: CPU: no Java plugin \"CPU\"");
    err.getBuffer().setLength(0);

    String script =
        "[{measurement_type = PLUGIN, name = p, git = \"git@git.example:ops/p.git\", interval = 60}]";
    assertThat(runWith("check", registry(script))).isZero();

    assertThat(out.toString())
        .isEqualTo("the configuration is good; data folder " + folder.resolve("data") + "\n");
    assertThat(err.toString()).isEmpty();
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void checkSaysThatAReferenceCanBeNone() throws IOException {
    String item =
        "[{measurement_type = PLUGIN, name = p, git = \"path:/srv/p\", interval = 60, ref = \"a b\"}]";

    assertThat(runWith("check", registry(item))).isEqualTo(2);

    assertThat(err.toString())
        .contains("my.ns: PLUGIN.p: ref: expected a branch, a tag or a commit, found \"a b\"");
  }

  private String registry(String items) throws IOException {
    // where plugins' users can enter
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path registry = Files.createDirectories(folder.resolve("registry"));
    Files.writeString(registry.resolve("my.ns.conf"), items);
    return "registry.directory.path = \"" + registry + '"';
  }

  @Test
  void checkSaysThatFilesAndFoldersAreMissing() throws IOException {
    int exit =
        runWith(
            "check",
            "registry.directory.path = \"/nowhere/registry\"",
            "outputs.q { type = nsq, servers = \"a:1\", tls { enabled = true, ca = \"/nowhere/ca\" } }");

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "agent: outputs.q.tls.ca: expected a file that can be read, found none: /nowhere/ca\n")
        .contains("agent: registry.directory.path: expected a readable folder, found: ");
  }

  @Test
  void checkSaysWhatMemoryLeavesOnDisk() throws IOException {
    Path spool = Files.createDirectories(folder.resolve("data/spool/nsq"));
    Files.createFile(spool.resolve("0000000000000001-0000000000000003.spool"));
    String[] lines = {
      "outputs.nsq.type = stdout",
      registry(
          "[{measurement_type = PLUGIN, name = p, git = \"git@git.example:ops/p.git\", interval = 60}]"),
      "delivery.durability = memory"
    };

    assertThat(runWith("check", lines)).isZero();
    assertThat(out.toString())
        .contains("warning: output nsq: 1 file in " + spool + ", from delivery.durability");

    lines[2] = "delivery.durability = spill";
    out.getBuffer().setLength(0);
    assertThat(runWith("check", lines)).isZero();
    assertThat(out.toString()).doesNotContain("warning");
  }

  @Test
  void checkSaysAllThatIsWrong() throws IOException {
    int exit =
        runWith(
            "check",
            "http.listen = nowhere",
            "log.keep = 0",
            "outputs.q.type = carrier-pigeon",
            "typo = 1");

    assertThat(exit).isEqualTo(2);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines())
        .hasSizeGreaterThanOrEqualTo(4)
        .allMatch(line -> line.matches("agent: \\S+: expected .*, found .*"))
        .anyMatch(line -> line.startsWith("agent: http.listen: "))
        .anyMatch(line -> line.startsWith("agent: log.keep: "))
        .anyMatch(line -> line.startsWith("agent: outputs.q.type: "))
        .anyMatch(line -> line.startsWith("agent: typo: "));
  }

  @Test
  void checkSaysWhatThePolicyWouldLeaveOut() throws IOException {
    String registry =
        registry(
            "[{measurement_type = LOG, name = l, file_path = \"/x\", pattern = y, interval = 60}]");
    Files.writeString(folder.resolve("policy.conf"), "deny-measurements = [LOG]");

    assertThat(runWith("check", registry)).isZero();

    assertThat(out.toString())
        .contains("the policy " + folder.resolve("policy.conf") + " holds\n")
        .contains("my.ns: l would be left out: policy: deny-measurements has \"LOG\"\n");
  }

  @Test
  void everyCommandRefusesABadConfiguration() throws IOException {
    for (String command : List.of("start", "stop", "status", "check")) {
      assertThat(runWith(command, "log.level = loud")).isEqualTo(2);
    }
    assertThat(err.toString().lines())
        .hasSize(4)
        .allMatch(line -> line.contains("log.level: expected"));
  }

  @Test
  void checkSaysThatThereIsNoFile() {
    assertThat(run("check", "-f", folder.resolve("none.conf").toString())).isEqualTo(2);

    assertThat(err.toString()).contains("none.conf: expected a configuration file, found nothing");
  }

  @Test
  void stopFindsNoAgent() throws IOException {
    assertThat(runWith("stop")).isEqualTo(1);

    assertThat(err.toString())
        .isEqualTo("agent: no agent runs on " + folder.resolve("data") + "\n");
  }

  @Test
  void stopCleansWhatAgentsMadeOfPluginsAndNothingElse() throws IOException {
    Path plugins = folder.resolve("data/plugins");
    Path checkout = plugins.resolve("a.ns/.versions/p/0123");
    Files.createDirectories(checkout);
    Files.writeString(checkout.resolve("plugin.sh"), "echo\n");
    Files.createSymbolicLink(plugins.resolve("a.ns/p"), Path.of(".versions/p/0123"));
    Files.createDirectories(plugins.resolve(".scratch/a.ns/p"));
    Files.createDirectories(plugins.resolve("plugin.disabled"));
    Files.createDirectories(folder.resolve("data/spool/q"));
    Path others = Files.createDirectories(plugins.resolve("of-somebody-else"));
    Path file =
        Files.writeString(
            folder.resolve("agent.conf"), "agent.data-dir = \"" + folder.resolve("data") + '"');

    assertThat(run("stop", "-m", "clean", "-f", file.toString())).isZero();

    assertThat(out.toString()).isEqualTo("plugins.dir " + plugins + " is clean\n");
    try (Stream<Path> left = Files.list(plugins)) {
      assertThat(left.filter(path -> !path.endsWith(".agent.lock"))).containsExactly(others);
    }
    assertThat(folder.resolve("data/spool/q")).exists();
    assertThat(run("stop", "-m", "dirty")).isEqualTo(2);
    assertThat(err.toString()).contains("-m: expected normal or clean, found \"dirty\"");
  }

  @Test
  void aCleanStopLeavesTheFolderOfAnAgentThatRuns() throws IOException {
    Path data = folder.resolve("data");
    Path elsewhere = folder.resolve("plugins");
    Path own = Files.createDirectories(elsewhere.resolve("plugin.disabled"));
    try (DataFolder held =
        DataFolder.take(data, folder.resolve("agent.pid"), elsewhere, Trust.everybody())) {
      assertThat(held).isNotNull();
      Path file =
          Files.writeString(
              folder.resolve("other.conf"),
              "agent.data-dir = \""
                  + folder.resolve("other")
                  + "\"\nplugins.dir = \""
                  + elsewhere
                  + '"');

      assertThat(run("stop", "-m", "clean", "-f", file.toString())).isEqualTo(1);
    }
    assertThat(err.toString()).contains("can't clean plugins.dir ").contains(" is in use by ");
    assertThat(own).exists();
  }

  @Test
  void startSaysWhoHasTheDataFolder() throws IOException {
    Path data = folder.resolve("data");
    try (DataFolder held =
        DataFolder.take(
            data, folder.resolve("agent.pid"), folder.resolve("plugins"), Trust.everybody())) {
      assertThat(held).isNotNull();
      assertThat(runWith("start")).isEqualTo(1);
    }
    assertThat(err.toString())
        .contains("is in use by the agent with pid " + ProcessHandle.current().pid());
  }

  @Test
  void aUsageErrorSaysWhatIsWrongAndHowToGetHelp() {
    for (List<String> arguments :
        List.of(
            List.<String>of(),
            List.of("fly"),
            List.of("stat"),
            List.of("check", "--fast"),
            List.of("check", "-f"),
            List.of("status", "--set", "x"),
            List.of("plugin"),
            List.of("plugin", "run", "p", "--timeout", "soon"),
            List.of("plugin", "new"),
            List.of("spool", "fly"))) {
      err.getBuffer().setLength(0);
      assertThat(run(arguments.toArray(new String[0]))).as("%s", arguments).isEqualTo(2);
      assertThat(err.toString().lines()).as("%s", arguments).hasSize(2);
      assertThat(err.toString())
          .startsWith("agent: ")
          .containsPattern("\nagent: see agent[a-z ]* --help\n$");
    }
    assertThat(out.toString()).isEmpty();
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("expected a command, found none");

    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("start", "stop", "status", "check", "version");
  }
}
