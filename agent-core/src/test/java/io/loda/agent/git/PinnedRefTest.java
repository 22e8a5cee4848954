package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.child.GitFetch;
import io.loda.agent.git.exchange.Origin;
import io.loda.common.files.SafeFiles;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jgit.transport.RefSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An assignment's reference: a branch, a tag or a commit. */
class PinnedRefTest extends CheckoutFixture {

  @Test
  void branchIsFollowed() throws Exception {
    repository.push("release", "released");
    repository.push("next", "next");

    checkouts.checkout(repository.address(), "next");
    assertThat(checkouts.content()).isEqualTo("next");

    String newer = repository.push("next", "newer");
    assertThat(checkouts.update(repository.address(), "next")).isEqualTo(newer);
    assertThat(checkouts.content()).isEqualTo("newer");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tagStaysWhereItIs(boolean annotated) throws Exception {
    String tagged = repository.push("release", "1.0");
    repository.git().tag().setName("v1.0").setAnnotated(annotated).setSigned(false).call();
    repository.git().push().setPushTags().call();
    repository.push("release", "2.0");

    checkouts.checkout(repository.address(), "v1.0");

    assertThat(checkouts.content()).isEqualTo("1.0");
    assertThat(checkouts.update(repository.address(), "v1.0")).isEqualTo(tagged);
    assertThat(checkouts.versions()).containsExactly(tagged);
  }

  @Test
  void commitAtATipIsFetched() throws Exception {
    repository.push("release", "released");
    String commit = repository.push("other", "other");

    checkouts.checkout(repository.address(), commit);

    assertThat(checkouts.content()).isEqualTo("other");
  }

  @Test
  void commitBehindATipIsFetched() throws Exception {
    String old = repository.push("release", "old");
    repository.push("release", "new");

    checkouts.checkout(repository.address(), old);

    assertThat(checkouts.content()).isEqualTo("old");
    assertThat(checkouts.versions()).containsExactly(old);
  }

  @Test
  void commitThatIsThereNeedsNoServer() throws Exception {
    String old = repository.push("release", "old");
    checkouts.checkout(repository.address());
    repository.push("release", "new");
    checkouts.update(repository.address());
    SafeFiles.deleteTree(repository.bare);

    assertThat(checkouts.look(repository.address(), old).asAsked()).isFalse();
    checkouts.update(repository.address(), old);

    assertThat(checkouts.content()).isEqualTo("old");
  }

  @Test
  void commitInForceIsPinnedWithoutAnything() throws Exception {
    String commit = repository.push("release", "released");
    checkouts.checkout(repository.address());
    SafeFiles.deleteTree(repository.bare);

    assertThat(checkouts.look(repository.address(), commit).asAsked()).isTrue();
    restart();
    assertThat(checkouts.look(repository.address(), commit).asAsked()).isTrue();
  }

  @Test
  void versionInForceGoesOnWhenAnotherReferenceIsAskedFor() throws Exception {
    repository.push("release", "released");
    repository.push("next", "next");
    checkouts.checkout(repository.address());

    assertThat(checkouts.look(repository.address(), "next").asAsked()).isFalse();
    assertThat(checkouts.content()).isEqualTo("released");
    checkouts.update(repository.address(), "next");
    assertThat(checkouts.content()).isEqualTo("next");
    assertThat(checkouts.look(repository.address(), "next").asAsked()).isTrue();

    restart();
    assertThat(checkouts.look(repository.address(), "next").asAsked()).isTrue();
    assertThat(checkouts.look(repository.address(), "").asAsked()).isFalse();
    assertThat(checkouts.content()).isEqualTo("next");
    checkouts.update(repository.address());
    assertThat(checkouts.content()).isEqualTo("released");
    assertThat(checkouts.look(repository.address(), "").asAsked()).isTrue();
  }

  @Test
  void versionThatCameByAReferenceNotAllowedDoesNotGoOn() throws Exception {
    repository.push("release", "released");
    repository.push("secret", "secret");
    checkouts.checkout(repository.address(), "secret");
    assertThat(Checkouts.await(checkouts.repositories.mayRun("ns", "demo"))).isTrue();

    checkouts.repositories.allowingRefs(ref -> !ref.equals("secret"));

    assertThat(Checkouts.await(checkouts.repositories.mayRun("ns", "demo"))).isFalse();
    assertThatThrownBy(() -> checkouts.look(repository.address(), "v9"))
        .hasMessageContaining("has no branch and no tag v9");
    assertThat(checkouts.look(repository.address(), "").asAsked()).isTrue();
    assertThat(checkouts.content()).isEqualTo("released");
  }

  @Test
  void whatIsThereIsHadWhileAServerHangs() throws Exception {
    repository.push("release", "released");
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    checkouts.close();
    checkouts =
        new Checkouts(
            folder,
            new PluginsConfig(folder.resolve("plugins")),
            request -> {
              if (request.ref().equals("hangs")) {
                asked.countDown();
                try {
                  answer.await();
                } catch (InterruptedException e) {
                  throw new IOException("interrupted", e);
                }
              }
              return GitFetch.fetch(request);
            });
    String released = checkouts.update(repository.address());
    Future<PluginUpdate> hanging =
        checkouts.repositories.update("ns", "demo", repository.address(), "hangs");
    asked.await();

    assertThat(checkouts.look(repository.address(), "").asAsked()).isTrue();
    // nor does the way back wait
    checkouts.ran(released, true);
    assertThat(checkouts.look(repository.address(), "other").asAsked()).isFalse();
    assertThat(hanging.isComplete()).isFalse();

    answer.countDown();
    assertThatThrownBy(() -> Checkouts.await(hanging)).hasMessageContaining("no tag hangs");
    assertThat(checkouts.content()).isEqualTo("released");
  }

  @Test
  void passwordThatChangesLeavesTheCheckoutWhatItIs() throws Exception {
    Path file = folder.resolve("origin");

    Origin.write(file, "https://user:old@git.example/a/b.git");

    assertThat(Origin.mayBe(file, "https://user:new@git.example/a/b.git", "")).isTrue();
    assertThat(Origin.mayBe(file, "https://user:old@git.example/a/c.git", "")).isFalse();
    Origin.forget(file);
    assertThat(Origin.mayBe(file, "https://user:new@git.example/a/b.git", "")).isFalse();
  }

  @Test
  void checkoutOfAnEarlierAgentIsKnown() throws Exception {
    repository.push("release", "released");
    String next = repository.push("next", "next");
    checkouts.checkout(repository.address(), "next");
    asEarlierAgentsWroteIt("next", next);

    assertThat(checkouts.look(repository.address(), "next").asAsked()).isTrue();
    restart();
    assertThat(checkouts.look(repository.address(), "v9").asAsked()).isFalse();
    assertThat(checkouts.content()).isEqualTo("next");
    assertThat(checkouts.look(repository.address(), "next").asAsked()).isTrue();
  }

  @Test
  void checkoutOfAnEarlierAgentWithoutAReferenceIsKnown() throws Exception {
    String released = repository.push("release", "released");
    checkouts.checkout(repository.address());
    asEarlierAgentsWroteIt("", released);

    assertThat(checkouts.look(repository.address(), "v9").asAsked()).isFalse();
    assertThat(checkouts.content()).isEqualTo("released");
    assertThat(checkouts.look(repository.address(), "").asAsked()).isTrue();
  }

  private void asEarlierAgentsWroteIt(String ref, String commit) throws Exception {
    checkouts.close();
    Path versions = folder.resolve("plugins/ns/.versions");
    String origin = repository.address() + (ref.isEmpty() ? "" : "\n" + ref);
    Files.writeString(
        versions.resolve("demo.origin"), Origin.digest(origin.getBytes(UTF_8)) + "\n");
    Files.writeString(
        versions.resolve("demo.trial"),
        "commit=" + commit + "\ngood=true\nbefore=\nfailures=0\nrejected=\n");
    checkouts = Checkouts.inProcess(folder);
  }

  private void restart() {
    checkouts.close();
    checkouts = Checkouts.inProcess(folder);
  }

  @Test
  void referenceThatIsNotThereIsNamed() throws Exception {
    repository.push("release", "released");

    assertThatThrownBy(() -> checkouts.checkout(repository.address(), "v9"))
        .hasMessageContaining("has no branch and no tag v9")
        .hasMessageContaining("40 digits");
    String none = "0123456789012345678901234567890123456789";
    assertThatThrownBy(() -> checkouts.checkout(repository.address(), none))
        .hasMessageContaining("has no commit " + none)
        .hasMessageContaining("push it to a branch or tag it");
    assertThat(checkouts.link).doesNotExist();
    assertThat(checkouts.versions()).isEmpty();
  }

  @Test
  void commitThatNobodyCanReachAnyMoreIsRefusedWithWhatToDo() throws Exception {
    String gone = repository.push("release", "gone");
    repository.git().checkout().setOrphan(true).setName("fresh").call();
    repository.push("release", "fresh");
    repository.git().push().setRefSpecs(new RefSpec("HEAD:refs/heads/main")).call();

    assertThatThrownBy(() -> checkouts.checkout(repository.address(), gone))
        .hasMessageContaining("has no commit " + gone);
  }
}
