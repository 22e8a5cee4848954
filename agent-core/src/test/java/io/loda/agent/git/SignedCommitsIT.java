package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.PluginsConfig;
import io.loda.common.files.SafeFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code plugins.verify = signed}, with keys that gpg makes and commits that git signs. */
class SignedCommitsIT {

  private Path folder;
  private SigningKeys keys;
  private TestRepository repository;
  private Checkouts checkouts;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    repository = new TestRepository(folder, "demo");
    keys = new SigningKeys(folder, repository);
    checkouts = checkouts();
  }

  private Checkouts checkouts() {
    return new Checkouts(
        folder, new PluginsConfig(folder.resolve("plugins")).keyring(keys.keyring));
  }

  @AfterEach
  void close() throws Exception {
    checkouts.close();
    repository.close();
    keys.end();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void commitThatAKeyOfTheKeyringSignedIsTaken(boolean armored) throws Exception {
    if (armored) {
      Files.delete(keys.keyring);
      keys.run("gpg", "--armor", "--output", keys.keyring.toString(), "--export", "ours");
    }
    String commit = keys.push("good", "--gpg-sign=ours");

    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("good");
    assertThat(checkouts.versions()).containsExactly(commit);
    assertThat(checkouts.link.resolve(".git/agent-verify")).doesNotExist();
  }

  @Test
  void othersAreRefusedAndTheOldVersionStays() throws Exception {
    String good = keys.push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());

    keys.push("unsigned", "--no-gpg-sign");
    refused("isn't signed");
    keys.push("theirs", "--gpg-sign=theirs");
    refused("which isn't in plugins.keyring " + keys.keyring);
    tamper();
    refused("was changed after the key");

    assertThat(checkouts.content()).isEqualTo("good");
    assertThat(checkouts.versions()).containsExactly(good);
    String better = keys.push("better", "--gpg-sign=ours");
    assertThat(checkouts.update(repository.address())).isEqualTo(better);
  }

  private void refused(String why) {
    assertThatThrownBy(() -> checkouts.update(repository.address()))
        .hasMessageContaining("is refused (plugins.verify = signed): its commit ")
        .hasMessageContaining(why);
  }

  @Test
  void versionThatWasTakenWithoutLookingIsNotRun() throws Exception {
    keys.push("unsigned", "--no-gpg-sign");
    try (Checkouts trusting = new Checkouts(folder, new PluginsConfig(folder.resolve("plugins")))) {
      trusting.checkout(repository.address());
    }

    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining("isn't signed");
  }

  @Test
  void checkoutThatIsSignedIsUsedWithoutTheServer() throws Exception {
    keys.push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());
    SafeFiles.deleteTree(repository.bare);
    checkouts.close();
    checkouts = checkouts();

    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("good");
  }

  @Test
  void keyThatWasTakenAwayTakesItsVersionsWithIt() throws Exception {
    keys.push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());

    restartWith("theirs");

    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining("which isn't in plugins.keyring " + keys.keyring);
    String newer = keys.push("newer", "--gpg-sign=theirs");
    checkouts.checkout(repository.address());
    assertThat(checkouts.link.toRealPath().getFileName()).hasToString(newer);
  }

  @Test
  void keyThatWasAddedNeitherNeedsTheServerNorBringsANewerVersion() throws Exception {
    keys.push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());
    keys.push("newer", "--gpg-sign=ours");
    SafeFiles.deleteTree(repository.bare);

    restartWith("ours", "theirs");
    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("good");
    assertThat(checkouts.versions()).hasSize(1);
  }

  @Test
  void versionWhoseKeyWasTakenAwayIsNotGoneBackTo() throws Exception {
    restartWith("ours", "theirs");
    String good = keys.push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());
    checkouts.ran(true);
    String bad = keys.push("bad", "--gpg-sign=theirs");
    checkouts.update(repository.address());
    restartWith("theirs");
    checkouts.checkout(repository.address());

    for (int i = 0; i < 3; i++) {
      checkouts.ran(bad, false);
    }

    // what was asked for before has been done when this is
    checkouts.checkout(repository.address());
    assertThat(checkouts.content()).isEqualTo("bad");
    assertThat(checkouts.version()).isEqualTo(new PluginVersion(bad, good, ""));
  }

  private void restartWith(String... names) throws Exception {
    keys.export(names);
    checkouts.close();
    checkouts = checkouts();
  }

  @Test
  void versionMayRunNoMoreOnceItsKeyIsTakenAway() throws Exception {
    keys.push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());
    assertThat(mayRun()).isTrue();

    keys.export("ours", "theirs");
    assertThat(mayRun()).isTrue();

    keys.export("theirs");
    assertThat(mayRun()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void keyringThatCannotBeReadStopsNothingThatRuns(boolean empty) throws Exception {
    keys.push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());

    Files.delete(keys.keyring);
    if (empty) {
      Files.createFile(keys.keyring);
    }

    assertThat(mayRun()).isTrue();
  }

  @Test
  void versionBeforeIsGoneBackToAlsoWhenTheKeyringChangedMeanwhile() throws Exception {
    String good = keys.push("good", "--gpg-sign=ours");
    checkouts.checkout(repository.address());
    checkouts.ran(true);
    String bad = keys.push("bad", "--gpg-sign=ours");
    checkouts.update(repository.address());
    keys.export("ours", "theirs");
    assertThat(mayRun()).isTrue();

    for (int i = 0; i < 3; i++) {
      checkouts.ran(bad, false);
    }

    // what was asked for before has been done when this is
    checkouts.checkout(repository.address());
    assertThat(checkouts.version()).isEqualTo(new PluginVersion(good, bad, bad));
  }

  private boolean mayRun() {
    return Checkouts.await(checkouts.repositories.mayRun("ns", "demo"));
  }

  @Test
  void keyringThatIsNotThereIsNamed() throws Exception {
    keys.push("good", "--gpg-sign=ours");
    Files.delete(keys.keyring);

    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining(
            "plugins.keyring " + keys.keyring + " can't be read: there is no such file");
  }

  /** A commit with another message, and the signature that it had before. */
  private void tamper() throws Exception {
    keys.push("tampered", "--gpg-sign=ours");
    Path object = folder.resolve("object");
    Files.writeString(
        object, keys.git("cat-file", "commit", "HEAD").replace("\ntampered", "\nanother") + "\n");
    String commit = keys.git("hash-object", "-t", "commit", "-w", object.toString());
    keys.git("push", "-q", "--force", "origin", commit + ":refs/heads/release");
  }
}
