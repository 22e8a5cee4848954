package io.loda.agent.git.commit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.Checkout;
import io.loda.agent.git.TestRepository;
import io.loda.agent.git.child.GitFetch;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.agent.git.exchange.GitSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.TreeFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The agent believes a child nothing of a commit that it can't see for itself. */
class CommitFilesTest {

  private static final String OTHER = "c".repeat(40);

  private Path folder;
  private Path made;
  private TestRepository repository;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    made = folder.resolve("made");
    repository = new TestRepository(folder, "demo");
  }

  @AfterEach
  void close() {
    repository.close();
  }

  /** What a child brings. */
  private CommitFiles fetched() throws Exception {
    GitSettings settings =
        GitSettings.of(new PluginsConfig(folder.resolve("plugins")).build(), folder);
    GitFetch.fetch(new GitRequest(repository.address(), "", made, List.of(), settings));
    return new CommitFiles(made);
  }

  private String pushAllKinds() throws Exception {
    Path work = repository.work;
    Files.createDirectories(work.resolve("lib/deep"));
    Files.createDirectories(work.resolve("lib.d"));
    Files.writeString(work.resolve("lib/deep/ünïcode"), "x");
    Files.writeString(work.resolve("lib.d/file"), "x");
    Files.writeString(work.resolve("lib-file"), "");
    Files.createSymbolicLink(work.resolve("link"), Path.of("lib/deep"));
    Files.writeString(work.resolve("lines"), "one\r\ntwo\n$Id$\n");
    Files.writeString(work.resolve(".gitattributes"), "* text=auto eol=crlf ident\n");
    return repository.push("release", "one\n");
  }

  @Test
  void filesOfAllKindsAreThoseOfTheirCommit() throws Exception {
    String commit = pushAllKinds();

    fetched().check(commit);

    assertThat(made.resolve("plugin.sh")).isExecutable();
  }

  @Test
  void filesAreCheckedOutWithTheBytesThatTheCommitHas() throws Exception {
    byte[] lines = "one\ntwo\n$Id$\n".getBytes(US_ASCII);
    try (ObjectInserter objects = repository.objects()) {
      TreeFormatter tree = new TreeFormatter();
      tree.append(
          ".gitattributes",
          FileMode.REGULAR_FILE,
          objects.insert(Constants.OBJ_BLOB, "* text eol=crlf ident\n".getBytes(US_ASCII)));
      tree.append("lines", FileMode.REGULAR_FILE, objects.insert(Constants.OBJ_BLOB, lines));
      String commit = repository.commit("release", objects, objects.insert(tree));

      fetched().check(commit);
    }

    assertThat(Files.readAllBytes(made.resolve("lines"))).isEqualTo(lines);
  }

  @Test
  void whatFilesDoNotShowOfEntriesIsTakenIntoAccount() throws Exception {
    try (ObjectInserter objects = repository.objects()) {
      ObjectId file = objects.insert(Constants.OBJ_BLOB, "x".getBytes(UTF_8));
      ObjectId target = objects.insert(Constants.OBJ_BLOB, "lib//deep/".getBytes(UTF_8));
      // as git wrote it once: 100664
      byte[] tree =
          concat(
              entry("100664", "a", file),
              entry("120000", "link", target),
              entry("160000", "module", ObjectId.fromString(OTHER)));
      String commit =
          repository.commit("release", objects, objects.insert(Constants.OBJ_TREE, tree));

      fetched().check(commit);
    }

    assertThat(made.resolve("module")).isEmptyDirectory();
  }

  private static byte[] entry(String mode, String name, ObjectId id) {
    byte[] raw = new byte[Constants.OBJECT_ID_LENGTH];
    id.copyRawTo(raw, 0);
    return concat((mode + ' ' + name + '\0').getBytes(US_ASCII), raw);
  }

  private static byte[] concat(byte[]... all) {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    for (byte[] one : all) {
      bytes.writeBytes(one);
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"changed", "added", "missing", "runnable", "link", "named", "pipe", "module"})
  void filesThatAreNotThoseOfTheCommitAreRefused(String how) throws Exception {
    String commit = pushAllKinds();
    CommitFiles files = fetched();
    Path file = made.resolve("lib/deep/ünïcode");
    switch (how) {
      case "changed" -> Files.writeString(file, "y");
      case "added" -> Files.writeString(file.resolveSibling("other"), "x");
      case "missing" -> Files.delete(file);
      case "runnable" ->
          Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
      case "link" -> {
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("/etc/passwd"));
      }
      case "named" -> Files.move(file, file.resolveSibling("other"));
      case "pipe" -> {
        String pipe = file.resolveSibling("pipe").toString();
        assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();
      }
      default ->
          Files.writeString(made.resolve(".git/agent-entries"), "160000 " + OTHER + " lib\0");
    }

    assertThatThrownBy(() -> files.check(commit))
        .hasMessageMatching(
            "(?s)is refused: its (files aren't those|.* is a named pipe).*|.*has more than 0 entries");
  }

  @Test
  void commitThatIsAnotherThanItIsCalledIsRefused() throws Exception {
    String one = repository.push("release", "one");
    CommitFiles files = fetched();
    files.check(one);

    assertThatThrownBy(() -> files.check(OTHER))
        .hasMessage("is refused: the data of the commit " + OTHER + " is another commit's");
    Files.writeString(made.resolve(".git/agent-commit"), "tree " + OTHER + "\n");
    assertThatThrownBy(() -> files.check(one)).hasMessageContaining("is another");
  }

  @Test
  void agentsOwnMarkIsNotTakenFromAChild() throws Exception {
    String commit = repository.push("release", "one");
    CommitFiles files = fetched();
    Files.writeString(made.resolve(Checkout.SIGNED), "0".repeat(64));

    assertThatThrownBy(() -> files.check(commit)).hasMessageContaining(".git");
  }

  @Test
  void commitWithTwoSignaturesIsRefused() throws Exception {
    byte[] commit =
        ("tree " + OTHER + "\ngpgsig one\n more\nauthor a <a> 0 +0000\ngpgsig two\n\ngpgsig x\n")
            .getBytes(US_ASCII);

    assertThatThrownBy(() -> Commit.of(ObjectHash.of("commit", commit), commit))
        .hasMessageContaining("has two signatures");
  }

  @Test
  void signatureIsTakenOutOfWhatItIsFor() throws Exception {
    byte[] bytes =
        ("tree " + OTHER + "\ngpgsig one\n more\nauthor a <a> 0 +0000\n\ngpgsig x\n y\n")
            .getBytes(US_ASCII);

    Commit commit = Commit.of(ObjectHash.of("commit", bytes), bytes);

    assertThat(new String(commit.signature(), US_ASCII)).isEqualTo("one\nmore\n");
    assertThat(new String(commit.signed(), US_ASCII))
        .isEqualTo("tree " + OTHER + "\nauthor a <a> 0 +0000\n\ngpgsig x\n y\n");
    assertThat(commit.tree()).isEqualTo(OTHER);
  }
}
