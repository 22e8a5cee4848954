package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.loda.common.files.Attacker;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.http.BadCall;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class LogReaderTest {

  private Path root;
  private Path outside;
  private Path data;
  private Path plugins;
  private LogReader reader;

  @BeforeEach
  void folders(@TempDir Path temp) throws IOException {
    root = Files.createDirectory(temp.resolve("log"));
    data = Files.createDirectory(root.resolve("data"));
    plugins = Files.createDirectory(root.resolve("plugins"));
    outside = Files.writeString(temp.resolve("secret"), "secret\n");
    reader =
        new LogReader(files(temp.resolve("other/../log"), temp.resolve("missing")), data, plugins);
  }

  private LogFiles files(Path... roots) {
    return new LogFiles(
        List.of(roots),
        Path.of("/"),
        real ->
            real.toString().contains("denied") ? Optional.of("policy: denied") : Optional.empty());
  }

  private String log(String text) throws IOException {
    return Files.writeString(root.resolve("a.log"), text).toString();
  }

  private static List<String> read(LogReader reader, String name, long offset, long wanted)
      throws IOException {
    Buffer json = Buffer.buffer("[");
    try (LogLines lines = reader.open(name, offset, wanted)) {
      boolean more = true;
      while (more) {
        int before = json.length();
        more = lines.next(json);
        assertThat(json.length() - before).isLessThanOrEqualTo(LogLines.PIECE_BYTES);
      }
      List<String> texts =
          new JsonArray(json.appendString("]")).stream().map(String::valueOf).toList();
      assertThat(lines.count()).isEqualTo(texts.size());
      return texts;
    }
  }

  @Test
  void givesWhatIsNotPrintableInPieces() throws IOException {
    String text = "\0\u001b\"\\\b\f\r\tä€\uD83D\uDE00\u007f\n".repeat(20_000);
    assertThat(String.join("", read(reader, log(text), 0, 10_000)))
        .isEqualTo(text.substring(0, text.length() / 2));
    Files.write(
        root.resolve("bad"), new byte[] {'a', (byte) 0xE2, (byte) 0x82, '\n', (byte) 0xFF, '\n'});
    assertThat(read(reader, root + "/bad", 0, 10)).containsExactly("a\uFFFD\n", "\uFFFD\n");
  }

  @Test
  void aFileThatGetsShorterEndsTheListWhereItEnds() throws IOException {
    String file = log("one\ntwo\n".repeat(20_000));
    try (LogLines lines = reader.open(file, 0, 10_000)) {
      Buffer json = Buffer.buffer("[");
      assertThat(lines.next(json)).isTrue();
      log("short\n");
      assertThat(lines.next(json)).isFalse();
      assertThat(new JsonArray(json.appendString("]")).getString(0)).isEqualTo("one\n");
    }
  }

  @Test
  void readsWholeLinesFromAnOffset() throws IOException {
    String file = log("one\ntwo\n\nfour\n");

    assertThat(read(reader, file, 0, 100)).containsExactly("one\n", "two\n", "\n", "four\n");
    assertThat(read(reader, file, 4, 1)).containsExactly("two\n");
    assertThat(read(reader, file, 5, 2)).containsExactly("wo\n", "\n");
  }

  @Test
  void keepsTheAgentsLocksAndTheRegistrysAnswersToItself() throws IOException {
    Path lock = Files.writeString(data.resolve("agent.lock"), "1\n");
    Path other = Files.writeString(plugins.resolve(".agent.lock"), "1\n");
    Path link = Files.createLink(root.resolve("other-name"), lock);
    Path items = Files.createDirectory(data.resolve("registry")).resolve("ns.items.json");
    Files.writeString(items, "[]\n");

    for (Path own : List.of(lock, other, link, items)) {
      assertThatExceptionOfType(BadCall.class)
          .isThrownBy(() -> read(reader, own.toString(), 0, 1))
          .withMessageContaining("a file of the agent's own")
          .matches(e -> e.status() == 403);
    }
    Path log = Files.writeString(data.resolve("agent.log"), "one\n");
    assertThat(read(reader, log.toString(), 0, 1)).containsExactly("one\n");
  }

  @Test
  void readsNothingBehindTheEnd() throws IOException {
    String file = log("one\n");

    assertThat(read(reader, file, 4, 1)).isEmpty();
    assertThat(read(reader, file, Long.MAX_VALUE, Long.MAX_VALUE)).isEmpty();
  }

  @Test
  void leavesOutALineThatIsStillWritten() throws IOException {
    assertThat(read(reader, log("one\ntw"), 0, 10)).containsExactly("one\n");
    assertThat(read(reader, log("on"), 0, 10)).isEmpty();
  }

  @Test
  void readsTenThousandLinesAtMost() throws IOException {
    assertThat(read(reader, log("x\n".repeat(10_001)), 0, 50_000)).hasSize(LogReader.MAX_LINES);
  }

  @Test
  void readsEightMebibytesAtMost() throws IOException {
    String line = "x".repeat(1023) + "\n";
    List<String> lines = read(reader, log(line.repeat(8200) + "end\n"), 0, 10_000);

    assertThat(lines).hasSize(LogReader.MAX_BYTES / 1024);
  }

  @Test
  void givesALineThatIsLongerInWholeCharacters() throws IOException {
    String text = "x" + "ä".repeat(LogReader.MAX_BYTES / 2 + 5);
    String file = log(text + "\n");

    String piece = String.join("", read(reader, file, 0, 10));
    assertThat(piece).isEqualTo(text.substring(0, LogReader.MAX_BYTES / 2));
    assertThat(read(reader, file, piece.getBytes(UTF_8).length, 10))
        .containsExactly(text.substring(piece.length()) + "\n");
  }

  @Test
  void keepsCharactersTogetherThatTwoReadsHold() throws IOException {
    String line = "x" + "€".repeat(8192) + "\n";

    assertThat(read(reader, log(line), 0, 1)).containsExactly(line);
  }

  @Test
  void followsALinkThatStaysBelowTheRoots() throws IOException {
    log("one\n");
    Path link = Files.createSymbolicLink(root.resolve("link"), Path.of("a.log"));

    assertThat(read(reader, link.toString(), 0, 1)).containsExactly("one\n");
  }

  @Test
  void readsBelowARootThatIsALink() throws IOException {
    log("one\n");
    Path link = Files.createSymbolicLink(root.resolveSibling("linked"), root);

    assertThat(read(new LogReader(files(link), data, plugins), link + "/a.log", 0, 1))
        .containsExactly("one\n");
  }

  @Test
  void refusesWhatIsOutsideOfTheRoots() throws IOException {
    Path out = Files.createSymbolicLink(root.resolve("out"), outside);
    Path up = Files.createSymbolicLink(root.resolve("up"), root.getParent());

    assertRefused(403, outside.toString(), "expected a file below");
    assertRefused(403, root.getParent() + "/nothing", "expected a file below");
    assertRefused(403, root + "/../secret", "expected a file below");
    assertRefused(403, root + "x/a.log", "expected a file below");
    assertRefused(403, out.toString(), "expected a file below");
    assertRefused(403, up + "/secret", "expected a file below");
  }

  @Test
  void readsNothingThatItsOwnerSwapsIn() throws Exception {
    Attacker.assumePossible();
    Path theirs = theirs();
    Attacker.sh(
        "mkdir \"$1\"/a; echo log > \"$1\"/a/secret; ln -s \"$2\" \"$1\"/b",
        theirs,
        root.resolveSibling(""));
    List<String> read = new ArrayList<>();

    try (Attacker swapping = Attacker.swapping(theirs.resolve("a"), theirs.resolve("b"))) {
      for (int i = 0; i < 1_000; i++) {
        try {
          read.addAll(read(reader, theirs + "/a/secret", 0, 10));
        } catch (BadCall e) {
          // it was the link's turn
        }
      }
      swapping.requireAlive();
    }

    assertThat(read).isNotEmpty().containsOnly("log\n");
  }

  @Test
  void waitsForNoPipeThatIsSwappedIn() throws Exception {
    Attacker.assumePossible();
    Path theirs = theirs();
    Attacker.sh("echo log > \"$1\"/a; mkfifo \"$1\"/b", theirs);
    int read = 0;

    try (Attacker swapping = Attacker.swapping(theirs.resolve("a"), theirs.resolve("b"))) {
      for (int i = 0; i < 1_000; i++) {
        try {
          assertThat(read(reader, theirs + "/a", 0, 10)).containsExactly("log\n");
          read++;
        } catch (BadCall e) {
          assertThat(e).hasMessageContaining("a named pipe");
        }
      }
      swapping.requireAlive();
    }

    assertThat(read).isPositive();
  }

  @Test
  void refusesALinkOfOthersAndAHardLinkToWhatIsntTheirs() throws Exception {
    Attacker.assumePossible();
    Path theirs = theirs();
    String log = log("one\n");
    Attacker.sh("ln -s \"$1\" \"$2\"/link", log, theirs);
    Files.setAttribute(outside, "unix:mode", 0600);
    Files.createLink(theirs.resolve("hard"), outside);

    assertThatExceptionOfType(BadCall.class)
        .isThrownBy(() -> read(reader, theirs + "/link", 0, 1))
        .withMessageContaining(theirs + "/link isn't followed")
        .returns(403, BadCall::status);
    assertThatExceptionOfType(BadCall.class)
        .isThrownBy(() -> read(reader, theirs + "/hard", 0, 1))
        .withMessageContaining("it has 2 names")
        .returns(403, BadCall::status);
  }

  private Path theirs() throws IOException {
    for (Path folder : List.of(root, root.resolveSibling(""))) {
      Files.setAttribute(folder, "unix:mode", 0755);
    }
    return Attacker.folder(root.resolve("theirs"));
  }

  @Test
  void refusesWhatTheOwnersPolicyDenies() throws IOException {
    Files.writeString(root.resolve("denied.log"), "one\n");
    Path link = Files.createSymbolicLink(root.resolve("other.log"), Path.of("denied.log"));

    assertThatExceptionOfType(BadCall.class)
        .isThrownBy(() -> read(reader, link.toString(), 0, 1))
        .withMessageContaining("policy: denied")
        .returns(403, BadCall::status);
  }

  @Test
  void refusesWhatIsNoFile() throws IOException {
    log("one\n");
    Path loop = Files.createSymbolicLink(root.resolve("loop"), Path.of("loop"));

    assertRefused(400, "a.log", "expected a file's absolute path");
    assertRefused(400, "/a\0b", "expected a path");
    assertRefused(400, root.toString(), "expected a regular file");
    assertRefused(404, root + "/b.log", "expected a file, found nothing at");
    assertRefused(404, root + "/a.log/b", "expected a file, found");
    assertRefused(404, loop.toString(), "expected a file, found");
  }

  private void assertRefused(int status, String name, String problem) {
    assertThatExceptionOfType(BadCall.class)
        .isThrownBy(() -> read(reader, name, 0, 1))
        .withMessageStartingWith("fpath: " + problem)
        .returns(status, BadCall::status);
  }
}
