package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.PluginsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code plugins.verify = signed}, with keys that gpg makes and commits that git signs. */
class SignedCommitsIT {

  private Path folder;
  private Path keyring;
  private TestRepository repository;
  private Checkouts checkouts;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    keyring = folder.resolve("keys");
    repository = new TestRepository(folder, "demo");
    Files.createDirectory(
        folder.resolve("g"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    for (String name : List.of("ours", "theirs")) {
      run("gpg", "--batch", "--passphrase", "", "--quick-gen-key", name, "ed25519", "sign", "0");
    }
    run("gpg", "--output", keyring.toString(), "--export", "ours");
    checkouts = checkouts();
  }

  private Checkouts checkouts() {
    return new Checkouts(folder, new PluginsConfig(folder.resolve("plugins")).keyring(keyring));
  }

  @AfterEach
  void close() throws Exception {
    checkouts.close();
    repository.close();
    run("gpgconf", "--kill", "all");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void commitThatAKeyOfTheKeyringSignedIsTaken(boolean armored) throws Exception {
    if (armored) {
      Files.delete(keyring);
      run("gpg", "--armor", "--output", keyring.toString(), "--export", "ours");
    }
    String commit = push("good", "--gpg-sign=ours");

    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("good");
    assertThat(checkouts.versions()).containsExactly(commit);
    assertThat(checkouts.link.resolve(".git/agent-verify")).doesNotExist();
  }

  @Test
  void othersAreRefusedAndTheOldVersionStays() throws Exception {
    String good = push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());

    push("unsigned", "--no-gpg-sign");
    refused("isn't signed");
    push("theirs", "--gpg-sign=theirs");
    refused("which isn't in plugins.keyring " + keyring);
    tamper();
    refused("was changed after the key");

    assertThat(checkouts.content()).isEqualTo("good");
    assertThat(checkouts.versions()).containsExactly(good);
    String better = push("better", "--gpg-sign=ours");
    assertThat(checkouts.update(repository.address())).isEqualTo(better);
  }

  private void refused(String why) {
    assertThatThrownBy(() -> checkouts.update(repository.address()))
        .hasMessageContaining("isn't taken (plugins.verify = signed): its commit ")
        .hasMessageContaining(why);
  }

  @Test
  void versionThatWasTakenWithoutLookingIsNotRun() throws Exception {
    push("unsigned", "--no-gpg-sign");
    try (Checkouts trusting = new Checkouts(folder, new PluginsConfig(folder.resolve("plugins")))) {
      trusting.checkout(repository.address());
    }

    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining("isn't signed");
  }

  @Test
  void checkoutThatIsSignedIsUsedWithoutTheServer() throws Exception {
    push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());
    Folders.delete(repository.bare);
    checkouts.close();
    checkouts = checkouts();

    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("good");
  }

  @Test
  void keyThatWasTakenAwayTakesItsVersionsWithIt() throws Exception {
    push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());

    restartWith("theirs");

    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining("which isn't in plugins.keyring " + keyring);
    String newer = push("newer", "--gpg-sign=theirs");
    checkouts.checkout(repository.address());
    assertThat(checkouts.link.toRealPath().getFileName()).hasToString(newer);
  }

  @Test
  void keyThatWasAddedNeitherNeedsTheServerNorBringsANewerVersion() throws Exception {
    push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());
    push("newer", "--gpg-sign=ours");
    Folders.delete(repository.bare);

    restartWith("ours", "theirs");
    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("good");
    assertThat(checkouts.versions()).hasSize(1);
  }

  @Test
  void versionWhoseKeyWasTakenAwayIsNotGoneBackTo() throws Exception {
    restartWith("ours", "theirs");
    push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());
    checkouts.ran(true);
    String bad = push("bad", "--gpg-sign=theirs");
    checkouts.update(repository.address());
    restartWith("theirs");
    checkouts.checkout(repository.address());

    for (int i = 0; i < 3; i++) {
      checkouts.ran(bad, false);
    }

    // what was asked for before has been done when this is
    checkouts.checkout(repository.address());
    assertThat(checkouts.content()).isEqualTo("bad");
    assertThat(checkouts.version()).isEqualTo(new PluginVersion(bad, ""));
  }

  private void restartWith(String... names) throws Exception {
    Files.delete(keyring);
    List<String> export =
        new ArrayList<>(List.of("gpg", "--output", keyring.toString(), "--export"));
    export.addAll(List.of(names));
    run(export.toArray(String[]::new));
    checkouts.close();
    checkouts = checkouts();
  }

  @Test
  void keyringThatIsNotThereIsNamed() throws Exception {
    push("good", "--gpg-sign=ours");
    Files.delete(keyring);

    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining("plugins.keyring " + keyring + " can't be read");
  }

  /** Commits with git, which knows how to have gpg sign; returns the commit. */
  private String push(String content, String signing) throws Exception {
    Files.writeString(repository.work.resolve("plugin.sh"), content);
    git("add", "-A");
    git("commit", "-q", "-m", content, signing);
    git("push", "-q", "--force", "origin", "HEAD:refs/heads/release");
    return git("rev-parse", "HEAD");
  }

  /** A commit with another message, and the signature that it had before. */
  private void tamper() throws Exception {
    push("tampered", "--gpg-sign=ours");
    Path object = folder.resolve("object");
    Files.writeString(
        object, git("cat-file", "commit", "HEAD").replace("\ntampered", "\nanother") + "\n");
    String commit = git("hash-object", "-t", "commit", "-w", object.toString());
    git("push", "-q", "--force", "origin", commit + ":refs/heads/release");
  }

  private String git(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("git", "-C", repository.work.toString()));
    for (String setting : List.of("user.name=test", "user.email=test@example.com")) {
      command.addAll(List.of("-c", setting));
    }
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  private String run(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("GNUPGHOME", folder.resolve("g").toString());
    builder.environment().put("HOME", folder.toString());
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + Files.readString(err));
    }
    return Files.readString(out).strip();
  }
}
