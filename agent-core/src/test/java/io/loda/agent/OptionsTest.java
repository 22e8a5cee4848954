package io.loda.agent;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An option holds, or is a mistake of the call: none is given for nothing. */
final class OptionsTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path folder;
  private Path plugin;

  @BeforeEach
  void plugin(@TempDir Path temp) throws IOException {
    folder = temp;
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(folder.resolve("agent.conf"), "agent.hostname = web1\n");
    plugin = Files.createDirectory(temp.resolve("demo"));
    Path program =
        Files.writeString(
            plugin.resolve("plugin.sh"),
            """
            #!/bin/sh
            echo "$PLUGIN_NAME,i=$PLUGIN_INTERVAL,args=$* value=1 1700000000"
            """);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private int run(String... arguments) {
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  private int test(String what, String... options) {
    List<String> all = new ArrayList<>(List.of("plugin", "test", what));
    all.addAll(List.of("-f", folder.resolve("agent.conf").toString()));
    all.addAll(List.of(options));
    return run(all.toArray(String[]::new));
  }

  private String item(String more) {
    return "{ measurement_type = PLUGIN, name = PLUGIN.mail, git = \"path:"
        + plugin
        + "\", interval = 60, parameters = own"
        + more
        + " }";
  }

  private void assertMistake(int exit, String message) {
    assertThat(exit).as(out.toString()).isEqualTo(2);
    assertThat(err.toString()).startsWith("agent: " + message).hasLineCount(2);
    assertThat(out.toString()).doesNotContain("found ", "result ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%s",
        "path:%s",
        "{ measurement_type = PLUGIN, name = a, git = \"path:%s\", interval = 60 }"
      })
  void aFolderHasNoVersionToAskFor(String what) {
    assertMistake(
        test(what.formatted(plugin), "--ref", "v1"),
        "--ref: expected a repository's address with it, found a folder, which is run as it is");
  }

  @Test
  void anItemsFieldsAreThoseOfTheOptionsWhereTheseAreGiven() {
    assertThat(test(item(""))).as(err.toString()).isZero();
    assertThat(out.toString()).contains(" PLUGIN.mail.mail,args=own,host=web1,i=60 ");

    assertThat(test(item(""), "--name", "post", "--param", "mine", "--interval", "5m"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).contains(" PLUGIN.post.post,args=mine,host=web1,i=300 ");
  }

  @Test
  void anItemsFormatAndModeAreThoseOfTheOptionsToo() {
    assertThat(test(item(", format = influx"), "--format", "json")).isEqualTo(1);
    assertThat(out.toString()).contains("result   bad-output: ");

    String stream = item(", mode = stream");
    assertThat(test(stream, "--mode", "run")).isZero();
    assertThat(out.toString()).doesNotContain("a stream: this test runs it for");
  }

  @ParameterizedTest
  @CsvSource({
    "--ref, v1",
    "--param, x",
    "--format, json",
    "--mode, run",
  })
  void aJavaPluginTakesNoOptionsOfScripts(String option, String value) {
    assertMistake(
        test("{ measurement_type = GOPLUGIN, name = test-echo, interval = 60 }", option, value),
        option + ": expected a script plugin with it, found one in Java");
  }

  @Test
  void aJavaPluginPrintsNothing() {
    assertMistake(
        test("{ measurement_type = GOPLUGIN, name = test-echo, interval = 60 }", "--raw"),
        "--raw: expected a script plugin with it, found one in Java");
  }

  @Test
  void aFolderOfAJavaPluginTakesNoOptionsOfScriptsEither() throws IOException {
    Files.delete(plugin.resolve("plugin.sh"));
    Files.writeString(plugin.resolve("some.jar"), "");
    assertMistake(
        test(plugin.toString(), "--mode", "run"),
        "--mode: expected a script plugin with it, found one in Java");
  }

  @ParameterizedTest
  @CsvSource({
    "plugin list --markdown, --markdown: expected --builtin with it",
    "plugin list --builtin --json, --json: expected no --builtin with it",
    "plugin list --builtin -f agent.conf, --builtin: expected neither -f nor --set with it",
    "plugin list --builtin --set log.level=info, --builtin: expected neither -f nor --set with it",
    "plugin fields PORT --markdown, --markdown: expected no TYPE with it",
    "plugin runs demo --stderr --json, --stderr: expected no --json with it",
  })
  void oneThatWouldDoNothingIsAMistakeOfTheCall(String command, String message) {
    assertMistake(run(command.split(" ")), message);
  }
}
