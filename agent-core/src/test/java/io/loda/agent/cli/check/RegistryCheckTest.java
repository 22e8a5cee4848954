package io.loda.agent.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code agent check} says of the items in a registry's folder. */
class RegistryCheckTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path folder;

  @BeforeEach
  void folder(@TempDir Path temp) throws IOException {
    folder = temp;
    // where plugins' users can enter
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private int check(String name, String items) throws IOException {
    Path registry = Files.createDirectories(folder.resolve("registry"));
    Files.writeString(registry.resolve(name), items);
    Path file =
        Files.writeString(
            folder.resolve("agent.conf"),
            """
            agent.data-dir = "%1$s/data"
            registry.directory.path = "%1$s/registry"
            plugins.local-roots = ["%1$s/plugins"]
            plugins.java-dir = "%1$s/java"
            """
                .formatted(folder));
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute("check", "-f", file.toString());
  }

  private Path plugin(String path) throws IOException {
    Path plugin = Files.createDirectories(folder.resolve(path));
    Path program = plugin.resolve("plugin.sh");
    Files.writeString(program, "#!/bin/sh\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return plugin;
  }

  private String place(String file, int line) {
    return " (" + folder.resolve("registry").resolve(file) + ", line " + line + ")\n";
  }

  @Test
  void ofTwoNamesThatDifferByAPrefixTheRightLineIsSaid() throws IOException {
    Path good = plugin("plugins/good");
    int exit =
        check(
            "my.ns.conf",
            """
            [
              { measurement_type = PLUGIN, name = PLUGIN.x, git = "path:%s", interval = 60 }
              { measurement_type = PLUGIN, name = PLUGIN.PLUGIN.x, git = "path:%s/none", interval = 60 }
            ]
            """
                .formatted(good, folder));

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .contains("agent: my.ns: PLUGIN.PLUGIN.x: git: ", place("my.ns.conf", 3));
  }

  @Test
  void saysWhatKeepsAPluginOfAFolderFromRunning() throws IOException {
    Path good = plugin("plugins/good");
    Path outside = plugin("elsewhere/outside");
    Path empty = Files.createDirectories(folder.resolve("plugins/empty"));
    int exit =
        check(
            "my.ns.conf",
            """
            # by hand
            [
              { measurement_type = PLUGIN, name = good, git = "path:%s", interval = 60 }
              { measurement_type = PLUGIN, name = outside, git = "path:%s", interval = 60 }
              { measurement_type = PLUGIN, name = none, git = "path:%s/none", interval = 60 }
              { measurement_type = PLUGIN
                name = PLUGIN.empty
                git = "path:%s", interval = 60 }
              { measurement_type = PLUGIN, name = repo, git = "file://%s/x/y.git", interval = 60 }
            ]
            """
                .formatted(good, outside, folder, empty, folder));

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .contains("agent: my.ns: PLUGIN.outside: git: " + outside + ": lies below none of [")
        .contains("add its folder to that key" + place("my.ns.conf", 4))
        .contains(
            "agent: my.ns: PLUGIN.none: git: "
                + folder
                + "/none: expected the plugin's folder, found none"
                + place("my.ns.conf", 5))
        .contains(
            "agent: my.ns: PLUGIN.empty: git: "
                + empty
                + ": expected plugin.sh or plugin in it, found neither"
                + place("my.ns.conf", 6))
        .contains(
            "agent: my.ns: PLUGIN.repo: git: "
                + folder
                + "/x/y.git: expected a repository, found none"
                + place("my.ns.conf", 9));
    assertThat(err.toString().lines()).hasSize(4);
  }

  @Test
  void namesEachItemOnceWithFileAndLine() throws IOException {
    int exit =
        check(
            "my.ns.json",
            """
            [{"measurement_type":"GOPLUGIN","name":"none-such","interval":"60"},
             {"measurement_type":"PORT","name":"PORT.a","port":"many","interval":"60"}]
            """);

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .contains("agent: my.ns: none-such: no Java plugin \"none-such\" is built in, and ")
        .contains(" has no jar" + place("my.ns.json", 1))
        .contains("agent: my.ns: PORT.a: ")
        .doesNotContain("PORT my.ns", "my.ns my.ns");
    assertThat(err.toString()).endsWith(place("my.ns.json", 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"t a.json", "plugin.disabled.json", "ä.json", "%s.conf", "a\u0001b.json"})
  void aFileWhoseNameIsNoNamespaceIsWrong(String pattern) throws IOException {
    String name = pattern.formatted("x".repeat(65));

    assertThat(check(name, "[{\"measurement_type\":\"CPU\",\"name\":\"c\"}]")).isEqualTo(2);

    assertThat(err.toString())
        .startsWith("agent: " + folder.resolve("registry"))
        .contains("expected namespaces of 1 to 64 of [.a-zA-Z0-9_-]")
        .endsWith(pattern.endsWith("conf") ? "found [" + "x".repeat(65) + "]\n" : "]\n");
    assertThat(err.toString().lines()).hasSize(1);
  }

  @Test
  void anEmptyListIsGood() throws IOException {
    assertThat(check("my.ns.conf", "# nothing any more\n[]")).as(err.toString()).isZero();
  }

  @Test
  void aJarMayHoldWhatIsNotBuiltIn() throws IOException {
    Files.createDirectories(folder.resolve("java"));
    Files.writeString(folder.resolve("java/some.jar"), "");

    assertThat(
            check(
                "my.ns.conf", "[{ measurement_type = GOPLUGIN, name = none-such, interval = 60 }]"))
        .as(err.toString())
        .isZero();
  }

  @Test
  void saysWhichIntervalIsRaised() throws IOException {
    String path = plugin("plugins/p").toString();
    int exit =
        check(
            "my.ns.conf",
            """
            [
              { measurement_type = PLUGIN, name = PLUGIN.p, git = "path:%s", interval = 3 }
            ]
            """
                .formatted(path));

    assertThat(exit).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains(
            "warning: my.ns: PLUGIN.p: interval: 3 s are raised to plugins.min-interval, 10 s"
                + place("my.ns.conf", 2));
  }

  @Test
  void aFolderThatIsNotThereIsSaidInWords() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("agent.conf"),
            "agent.data-dir = \""
                + folder.resolve("data")
                + "\"\nregistry.directory.path = \""
                + folder.resolve("none")
                + "\"\nlog.file = \""
                + folder.resolve("x/y/agent.log")
                + '"');
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute("check", "-f", file.toString());

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "agent: registry.directory.path: expected a readable folder, found: "
                + folder.resolve("none")
                + " isn't there\n");
    assertThat(folder.resolve("x")).doesNotExist();
    assertThat(folder.resolve("data")).doesNotExist();
  }
}
