package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A new version that keeps failing is taken back. */
class RollBackTest {

  private Path folder;
  private TestRepository repository;
  private Checkouts checkouts;
  private String good;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    repository = new TestRepository(folder, "demo");
    checkouts = Checkouts.inProcess(folder);
    good = repository.push("release", "good");
    checkouts.checkout(repository.address());
    checkouts.ran(good, true);
  }

  @AfterEach
  void close() {
    checkouts.close();
    repository.close();
  }

  @Test
  void threeFailuresInARowBringTheOldOneBack() throws Exception {
    String bad = update("bad");

    checkouts.ran(bad, false);
    checkouts.ran(bad, false);
    assertThat(checkouts.version()).isEqualTo(new PluginVersion(bad, good, ""));
    checkouts.ran(bad, false);

    await().until(() -> checkouts.content().equals("good"));
    await().until(() -> checkouts.version().equals(new PluginVersion(good, bad, bad)));
  }

  @Test
  void commitThatWasTakenBackIsNotTakenAgainUntilAnotherOneComes() throws Exception {
    String bad = rolledBackCommit();

    assertThatThrownBy(() -> checkouts.update(repository.address()))
        .hasMessageContaining("rolled-back")
        .hasMessageContaining(bad)
        .hasMessageContaining("push another commit");
    assertThat(checkouts.content()).isEqualTo("good");

    String better = update("better");
    assertThat(checkouts.content()).isEqualTo("better");
    assertThat(checkouts.version()).isEqualTo(new PluginVersion(better, good, ""));
  }

  @Test
  void restartKnowsWhatWasTakenBack() throws Exception {
    String bad = rolledBackCommit();

    restart();

    assertThat(checkouts.version()).isEqualTo(new PluginVersion(good, bad, bad));
    assertThatThrownBy(() -> checkouts.update(repository.address()))
        .hasMessageContaining("rolled-back");
    assertThat(checkouts.content()).isEqualTo("good");
  }

  @Test
  void failuresCountAcrossARestart() throws Exception {
    String bad = update("bad");
    checkouts.ran(bad, false);
    checkouts.ran(bad, false);
    await()
        .until(
            () ->
                RolloutFile.load(checkouts.dir.resolve("ns/.versions/demo.trial"), bad).failures()
                    == 2);

    restart();
    checkouts.ran(bad, false);

    await().until(() -> checkouts.content().equals("good"));
  }

  @Test
  void oneGoodRunEndsTheTrial() throws Exception {
    String next = update("flaky");

    checkouts.ran(next, false);
    checkouts.ran(next, false);
    checkouts.ran(next, true);
    for (int i = 0; i < 5; i++) {
      checkouts.ran(next, false);
    }

    settle();
    assertThat(checkouts.content()).isEqualTo("flaky");
  }

  @Test
  void versionThatFailedBeforeIsNotComeBackTo() throws Exception {
    checkouts.ran(good, false);
    String bad = update("bad");

    for (int i = 0; i < 5; i++) {
      checkouts.ran(bad, false);
    }

    settle();
    assertThat(checkouts.content()).isEqualTo("bad");
    assertThat(checkouts.version().rolledBack()).isEmpty();
  }

  @Test
  void lateRunOfTheOldVersionSaysNothingOfTheNew() throws Exception {
    update("new");

    for (int i = 0; i < 5; i++) {
      checkouts.ran(good, false);
    }

    settle();
    assertThat(checkouts.content()).isEqualTo("new");
  }

  @Test
  void twoBadVersionsInARowLeadBackToTheGoodOne() throws Exception {
    String bad = update("bad");
    checkouts.ran(bad, false);
    String worse = update("worse");

    for (int i = 0; i < 3; i++) {
      checkouts.ran(worse, false);
    }

    await().until(() -> checkouts.content().equals("good"));
  }

  @Test
  void versionThatCameByAnotherReferenceIsGoneBackTo() throws Exception {
    String next = repository.push("next", "next");
    checkouts.update(repository.address(), "next");
    for (int i = 0; i < 3; i++) {
      checkouts.ran(next, false);
    }

    assertThat(checkouts.look(repository.address(), "next").asAsked()).isFalse();
    assertThat(checkouts.version()).isEqualTo(new PluginVersion(good, next, next));
    assertThat(checkouts.look(repository.address(), "").asAsked()).isTrue();
    assertThatThrownBy(() -> checkouts.update(repository.address(), "next"))
        .hasMessageContaining("nothing newer than " + next);
  }

  @Test
  void versionThatCameByAReferenceNotAllowedAnyMoreIsNotGoneBackTo() throws Exception {
    String next = repository.push("next", "next");
    checkouts.update(repository.address(), "next");
    checkouts.ran(next, true);
    String bad = update("bad");
    checkouts.repositories.allowingRefs(ref -> !ref.equals("next"));

    for (int i = 0; i < 3; i++) {
      checkouts.ran(bad, false);
    }

    settle();
    assertThat(checkouts.version()).isEqualTo(new PluginVersion(bad, next, ""));
  }

  @Test
  void commitThatWasTakenBackIsTriedOnceMoreByWhoeverPinsIt() throws Exception {
    String bad = rolledBackCommit();

    assertThatThrownBy(() -> checkouts.update(repository.address(), "release"))
        .hasMessageContaining("rolled-back");
    assertThat(checkouts.update(repository.address(), bad)).isEqualTo(bad);
    for (int i = 0; i < 3; i++) {
      checkouts.ran(bad, false);
    }
    settle();
    restart();

    assertThat(checkouts.version()).isEqualTo(new PluginVersion(good, bad, bad));
    assertThatThrownBy(() -> checkouts.update(repository.address(), bad))
        .hasMessageContaining("rolled-back");
    assertThatThrownBy(() -> checkouts.update(repository.address()))
        .hasMessageContaining("rolled-back");
  }

  /** An agent that is killed between two steps of a switch leaves either version whole. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void killedInTheMidstOfASwitchItKnowsTheWayBack(boolean switched) throws Exception {
    String bad = update("bad");
    checkouts.close();
    if (!switched) {
      // the file is written before the link
      Path link = folder.resolve("plugins/ns/demo");
      Files.delete(link);
      Files.createSymbolicLink(link, Path.of(".versions/demo", good));
    }
    checkouts = Checkouts.inProcess(folder);
    assertThat(checkouts.look(repository.address(), "").asAsked()).isTrue();
    assertThat(checkouts.content()).isEqualTo(switched ? "bad" : "good");

    checkouts.update(repository.address());
    for (int i = 0; i < 3; i++) {
      checkouts.ran(bad, false);
    }

    settle();
    assertThat(checkouts.content()).isEqualTo("good");
  }

  private String update(String content) throws Exception {
    String commit = repository.push("release", content);
    assertThat(checkouts.update(repository.address())).isEqualTo(commit);
    return commit;
  }

  private String rolledBackCommit() throws Exception {
    String bad = update("bad");
    for (int i = 0; i < 3; i++) {
      checkouts.ran(bad, false);
    }
    await().until(() -> checkouts.version().equals(new PluginVersion(good, bad, bad)));
    return bad;
  }

  /** What was asked for before has been done when this is. */
  private void settle() {
    checkouts.checkout(repository.address());
  }

  private void restart() {
    settle();
    checkouts.close();
    checkouts = Checkouts.inProcess(folder);
    checkouts.checkout(repository.address());
  }

  @Test
  void aDamagedFileIsAsNoneWas() throws Exception {
    Path file = folder.resolve("demo.trial");
    Files.writeString(file, "commit=\\u12");

    assertThat(RolloutFile.load(file, good))
        .isEqualTo(Rollout.of(new FetchedCommit(good, FetchedCommit.UNKNOWN)));

    Files.write(file, new byte[] {'a', '=', (byte) 0xff});

    assertThat(RolloutFile.load(file, good))
        .isEqualTo(Rollout.of(new FetchedCommit(good, FetchedCommit.UNKNOWN)));
  }
}
