package io.loda.agent.cli.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.ItemField;
import io.loda.agent.cli.check.CheckCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The page about items says what the code takes, and its examples work. */
class RegistryItemsDocTest {

  private static final String HOME = "agent.home";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;
  private @Nullable String home;

  /** Folders of the examples are in the installation. */
  @BeforeEach
  void inTheInstallation() {
    home = System.getProperty(HOME);
    System.setProperty(HOME, Path.of(System.getProperty("agent.root", "..")).toString());
  }

  @AfterEach
  void back() {
    if (home == null) {
      System.clearProperty(HOME);
    } else {
      System.setProperty(HOME, home);
    }
  }

  private int check(String items) throws IOException {
    // where plugins' users can enter
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path registry = Files.createDirectories(folder.resolve("registry"));
    Files.writeString(registry.resolve("my.ns.conf"), "[\n" + items + "\n]\n");
    Path java = Files.createDirectories(folder.resolve("java"));
    // who knows what is in it
    Files.write(java.resolve("any.jar"), new byte[0]);
    Path file = folder.resolve("agent.conf");
    Files.writeString(
        file,
        "agent.data-dir = \"%s\", registry.directory.path = \"%s\", plugins.java-dir = \"%s\""
            .formatted(folder.resolve("data"), registry, java));
    return new CommandLine(new CheckCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute("-f", file.toString());
  }

  @Test
  void isUpToDate() {
    Path page = Path.of(System.getProperty("agent.root", "..")).resolve("docs/registry-items.md");

    assertThat(page)
        .as("renew it: bin/agent plugin fields --markdown > docs/registry-items.md")
        .hasContent(ItemsPage.markdown(AssignmentParser.defaultIntervals()));
  }

  @Test
  void theExamplesAreGood() throws IOException {
    String examples =
        ItemField.byType().keySet().stream()
            .filter(type -> !type.equals(ItemField.EVERY_TYPE))
            .map(ItemsPage::example)
            .collect(Collectors.joining("\n"));

    assertThat(check(examples)).as(err.toString()).isZero();
    assertThat(out.toString()).doesNotContain("warning");
  }

  @Test
  void everyBrokenItemIsSaid() throws IOException {
    List<String> broken =
        List.of(
            "{ measurement_type = PORT, name = a, port = 80, connect_timeout = soon }",
            "{ measurement_type = PORT, name = b, port = 99999 }",
            "{ measurement_type = PORT, name = c, port = 80, protocol = gopher }",
            "{ measurement_type = PROC, name = d }",
            "{ measurement_type = PROC, name = e, cmdline = \"(\" }",
            "{ measurement_type = LOG, name = f, file_path = \"/x\", pattern = \"(\" }",
            "{ measurement_type = LOG, name = g, file_path = \"/x\", pattern = y, func = most }",
            "{ measurement_type = LOG, name = h, file_path = \"/x\", pattern = y, tags = t }",
            "{ measurement_type = LOG, name = i, file_path = \"/etc\", pattern = y }",
            "{ measurement_type = CGROUP, name = cgroup, depth = deep }",
            "{ measurement_type = CPU, name = cpu, detail = perhaps }",
            "{ measurement_type = CPUS, name = j }",
            "{ measurement_type = PLUGIN, name = PLUGIN.k, interval = 10 }",
            "{ measurement_type = PLUGIN, name = PLUGIN.l, git = \"path:/srv/l\", interval = often }");

    assertThat(check(String.join("\n", broken))).isEqualTo(2);

    for (String word :
        List.of(
            "connect_timeout",
            "port",
            "protocol",
            "bin_path",
            "cmdline",
            "pattern",
            "func",
            "tag_t",
            "file_path",
            "depth",
            "detail",
            "measurement_type",
            "git",
            "interval")) {
      assertThat(err.toString()).contains(": " + word + ": expected");
    }
    assertThat(err.toString().lines()).hasSameSizeAs(broken);
  }

  @Test
  void anUnknownFieldIsSaidWithTheNearestName() throws IOException {
    assertThat(
            check(
                "{ measurement_type = PLUGIN, name = PLUGIN.a, git = \"path:plugin-example\", interval = 10,"
                    + " param = x, intervall = 5 }\n"
                    + "{ measurement_type = JAVAPLUGIN, name = b, interval = 10, whatever = x }"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString())
        .contains(
            "warning: my.ns: PLUGIN.a: intervall: expected a known key (interval?) of PLUGIN; it"
                + " has no effect (")
        .contains("warning: my.ns: PLUGIN.a: param: expected a known key")
        .doesNotContain("whatever");
  }
}
