package io.loda.common.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

final class LoggingTest {

  private static final Logger LOG = LoggerFactory.getLogger(LoggingTest.class);

  private final PrintStream realOut = System.out;
  private final PrintStream realErr = System.err;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path folder;

  @BeforeEach
  void catchStreams(@TempDir Path temp) {
    folder = temp;
    System.setOut(new PrintStream(out, true, UTF_8));
    System.setErr(new PrintStream(err, true, UTF_8));
  }

  @AfterEach
  void giveBack() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Logging.quiet(context);
    System.setOut(realOut);
    System.setErr(realErr);
    assertThat(out.toString(UTF_8)).as("standard output").isEmpty();
  }

  private static void configure(String level, @Nullable Path file, long maxBytes, int keep) {
    Logging.configure(new LogSettings(level, file, maxBytes, keep));
  }

  private String errors() {
    return err.toString(UTF_8);
  }

  @Test
  void writesALineAnEventToStandardError() {
    configure("info", null, 1 << 20, 5);

    LOG.info("it says {}", "ä");
    LOG.debug("not this");

    assertThat(errors())
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\S+ INFO  LoggingTest it says \\S+\n");
  }

  @Test
  void writesWhatTheLevelAllows() {
    configure("error", null, 1 << 20, 5);
    LOG.warn("not this");
    configure("debug", null, 1 << 20, 5);
    LOG.debug("but this");

    assertThat(errors()).doesNotContain("not this").containsOnlyOnce("but this");
  }

  @Test
  void keepsLibrariesQuiet() {
    configure("info", null, 1 << 20, 5);
    for (String library :
        new String[] {
          "com.sproutsocial.nsq.Publisher", "org.eclipse.jgit.Git", "org.apache.sshd.Client"
        }) {
      LoggerFactory.getLogger(library).warn("a library's warning", new IllegalStateException("x"));
    }
    LoggerFactory.getLogger("com.sproutsocial.nsq.Publisher").error("a library's error");
    LoggerFactory.getLogger("io.netty.Channel").info("a library's news");

    assertThat(errors()).isEmpty();
  }

  @Test
  void writesToAFileOnly() throws IOException {
    Path file = folder.resolve("new/agent.log");
    configure("info", file, 1 << 20, 5);

    LOG.info("first");
    LOG.error("second", new IllegalStateException("why"));

    assertThat(Files.readString(file)).contains("INFO  LoggingTest first\n", "second\n", "why");
    assertThat(errors()).isEmpty();
  }

  @Test
  void keepsAsManyRolledFilesAsAskedFor() throws IOException {
    Path file = folder.resolve("agent.log");
    configure("info", file, 4096, 30);

    IntStream.range(0, 4000).forEach(i -> LOG.info("a line of some length, number {}", i));

    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .hasSize(31)
          .contains("agent.log", "agent.log.1", "agent.log.30");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).allMatch(path -> path.toFile().length() < 4096 + 200);
    }
    assertThat(Files.readString(file) + Files.readString(folder.resolve("agent.log.1")))
        .contains("number 3999\n");
  }

  @Test
  void goesToStandardErrorWhenTheFileCannotBeWritten() throws IOException {
    Path file = Files.createDirectory(folder.resolve("agent.log"));
    configure("info", file, 1 << 20, 5);

    LOG.info("still heard");

    assertThat(errors())
        .contains("ERROR Logging log.file: expected a file that can be written, found " + file)
        .contains("still heard");
  }

  @Test
  void whatComesFromOutsideStaysInItsLine() {
    configure("info", null, 1 << 20, 5);
    LOG.warn("registry: {}", "no\n2026-01-01 INFO forged\r\u001b]0;x\u0007\u009b\u202e\u2028end");

    assertThat(errors())
        .endsWith(
            " registry: no\\n2026-01-01 INFO"
                + " forged\\r\\u001b]0;x\\u0007\\u009b\\u202e\\u2028end\n")
        .hasLineCount(1);
  }

  @Test
  void aTraceKeepsItsLinesAndAMessageIsOne() {
    configure("info", null, 1 << 20, 5);
    IOException thrown = new IOException("out\nforged\u001b", new IOException("in\nforged"));
    thrown.addSuppressed(new IOException("beside\nforged"));
    LOG.error("failed", thrown);

    assertThat(errors())
        .contains("IOException: out\\nforged\\u001b\n\tat ", "IOException: in\\nforged\n")
        .doesNotContain("\nforged");
  }

  @Test
  void showsNoPasswordWhoeverLogs() {
    configure("info", null, 1 << 20, 5);
    LOG.warn(
        "http://admin:PW@registry/x: no answer, https://u:4711/3@h", new IOException("a://b:PW@c"));

    assertThat(errors())
        .contains("http://***@registry/x", "https://***@h")
        .doesNotContain("PW", "4711");
  }

  @Test
  void nobodyElseReadsTheFileNorThoseBefore() throws IOException {
    Path log = folder.resolve("logs/agent.log");
    Path before = folder.resolve("logs/agent.log.1");
    Files.createDirectories(log.getParent());
    for (Path file : List.of(log, before)) {
      Files.writeString(file, "");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }
    configure("info", log, 64 << 10, 2);
    assertThat(List.of(log, before)).allSatisfy(LoggingTest::isPrivate);

    IntStream.range(0, 2_000).forEach(i -> LOG.info("{} {}", i, "x".repeat(60)));

    assertThat(List.of(log, before)).allSatisfy(LoggingTest::isPrivate);
    assertThat(before).isNotEmptyFile();
  }

  private static void isPrivate(Path file) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }
}
