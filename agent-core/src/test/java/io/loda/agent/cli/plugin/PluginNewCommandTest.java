package io.loda.agent.cli.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.Main;
import io.loda.common.metric.Collecting;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PluginNewCommandTest {

  private static final Path EXAMPLE = Path.of("../plugin-example");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path folder;

  @BeforeEach
  void folder(@TempDir Path temp) {
    folder = temp;
  }

  private int make(String... arguments) {
    String[] all = new String[arguments.length + 4];
    System.arraycopy(new String[] {"plugin", "new", "--dir", folder.toString()}, 0, all, 0, 4);
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void theExampleIsWhatItMakes() throws IOException {
    assertThat(make("plugin-example")).isZero();

    for (Path made : files(folder.resolve("plugin-example"))) {
      Path same = EXAMPLE.resolve(folder.resolve("plugin-example").relativize(made).toString());
      assertThat(same).as("%s", same).hasSameTextualContentAs(made);
      assertThat(Files.isExecutable(same)).as("%s", same).isEqualTo(Files.isExecutable(made));
    }
    assertThat(files(folder)).hasSize(4);
  }

  @Test
  void theJavaPluginBesideItIsWhatItMakes() throws IOException {
    assertThat(make("--java", "jvm")).isZero();

    Path made = folder.resolve("jvm");
    List<Path> sources = files(made.resolve("src"));
    assertThat(sources).hasSize(2);
    for (Path source : sources) {
      assertThat(EXAMPLE.resolve(made.relativize(source).toString()))
          .hasSameTextualContentAs(source);
    }
  }

  @Test
  void whatHasToRunIsExecutableAndNothingElse() throws IOException {
    assertThat(make("--python", "disk-usage")).isZero();

    Path made = folder.resolve("disk-usage");
    assertThat(files(made).stream().filter(Files::isExecutable).map(made::relativize))
        .containsExactlyInAnyOrder(Path.of("plugin"), Path.of("test.sh"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made.resolve("plugin"))))
        .isEqualTo("rwxr-xr-x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--shell", "--python", "--java"})
  void noMarkOfTheTemplatesIsLeft(String language) throws IOException {
    assertThat(make(language, "plugin-a.b_c-1")).isZero();

    for (Path file : files(folder)) {
      assertThat(Files.readString(file)).as("%s", file).doesNotContainPattern("@[A-Z]+@");
      assertThat(file.toString()).doesNotContain("@");
    }
    assertThat(out.toString()).contains("Next:", "./test.sh", "plugin test .");
  }

  @Test
  void aFolderThatIsThereIsLeftAlone() throws IOException {
    Path there = Files.createDirectory(folder.resolve("there"));

    assertThat(make("there")).isEqualTo(2);
    assertThat(err.toString()).contains("there: expected nothing there, found a file or folder");
    assertThat(files(there)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "..", "../x", "a/b", "plugin-", "plugin--x", "a b", "x.git", "é"})
  void aNameThatNoRepositoryCanHaveIsRefused(String name) throws IOException {
    assertThat(make(name)).isEqualTo(2);

    assertThat(files(folder)).isEmpty();
    assertThat(err.toString()).contains("NAME: expected");
  }

  @Test
  void oneLanguageIsEnough() {
    assertThat(make("--java", "--python", "x")).isEqualTo(2);
    assertThat(folder.resolve("x")).doesNotExist();
  }

  /** Called as anybody may call it, with line breaks too; the agent splits at these. */
  @ParameterizedTest
  @CsvSource({"--shell,plugin.sh", "--python,plugin"})
  void whatItMakesPrintsJsonWhateverItsArguments(String language, String program) throws Exception {
    assertThat(make(language, "quoting")).isZero();
    Path made = folder.resolve("quoting");
    Process process =
        new ProcessBuilder(
                made.resolve(program).toString(),
                "a\nb\r\"c\\",
                "\u001b[31m\u0001\u007f\t\f",
                "é\u0085\n")
            .directory(made.toFile())
            .redirectErrorStream(true)
            .start();
    byte[] printed = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).as(new String(printed, UTF_8)).isZero();

    Collecting parsed = Collecting.ofJson(printed);
    assertThat(parsed.refused).isEmpty();
    assertThat(parsed.metrics).hasSize(2);
    assertThat(parsed.metrics.get(0).tags().get("args")).contains("\"c\\", "[31m", "é");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--shell", "--python"})
  void whatItMakesBearsAnyParameter(String language) throws IOException {
    assertThat(make(language, "quoting")).isZero();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    out.getBuffer().setLength(0);

    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(
                "plugin",
                "test",
                folder.resolve("quoting").toString(),
                "--param",
                "a\"b\\\\c \u001b[31m\u0001\nd",
                "--set",
                "agent.hostname=web1");

    assertThat(exit).as(out + " " + err).isZero();
    assertThat(out.toString()).doesNotContain("refused  ").contains("PLUGIN.quoting.answer,");
  }
}
