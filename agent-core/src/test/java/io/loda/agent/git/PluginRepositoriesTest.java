package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.child.GitFetch;
import io.loda.common.files.SafeFiles;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PluginRepositoriesTest extends CheckoutFixture {

  @Test
  void branchReleaseIsPreferred() throws Exception {
    String commit = repository.push("release", "released");
    repository.push("main", "in the making");

    assertThat(checkouts.checkout(repository.address())).isEqualTo(checkouts.link);

    assertThat(checkouts.content()).isEqualTo("released");
    assertThat(checkouts.link.resolve("plugin.sh")).isExecutable();
    assertThat(checkouts.link).isSymbolicLink();
    assertThat(checkouts.versions()).containsExactly(commit);
  }

  @Test
  void withoutReleaseItIsTheDefaultBranch() throws Exception {
    repository.push("main", "not this");
    repository.push("trunk", "the default");
    repository.push("zoo", "nor this");
    repository.defaultBranch("trunk");

    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("the default");
  }

  @Test
  void withoutAnyBranchItIsAnError() {
    String address = repository.address();

    assertThatThrownBy(() -> checkouts.checkout(address))
        .hasMessageContaining(
            "git " + address + " is empty: expected a branch release, or another, with a commit");
    assertThat(checkouts.link).doesNotExist();
  }

  @Test
  void defaultBranchThatIsNotThereIsAnError() throws Exception {
    repository.push("other", "x");

    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining("has no branch release, and no default branch");
  }

  @Test
  void repositoryThatIsNotThereIsNamed() {
    String address = "file://" + folder + "/none.git";

    assertThatThrownBy(() -> checkouts.checkout(address))
        .hasMessageContaining("git " + address + " can't be read: ");
  }

  @Test
  void checkoutIsClonedOnceAndChangedByUpdateOnly() throws Exception {
    String first = repository.push("release", "one");
    checkouts.checkout(repository.address());
    String second = repository.push("release", "two");

    checkouts.checkout(repository.address());
    assertThat(checkouts.content()).isEqualTo("one");
    Path running = checkouts.link.toRealPath();

    assertThat(checkouts.update(repository.address())).isEqualTo(second);
    assertThat(checkouts.content()).isEqualTo("two");
    assertThat(running.resolve("plugin.sh")).hasContent("one");
    assertThat(checkouts.versions()).containsExactlyInAnyOrder(first, second);
  }

  @Test
  void updateWithNothingNewLeavesAllAsItIs() throws Exception {
    String commit = repository.push("release", "one");
    checkouts.checkout(repository.address());
    Path witness = Files.writeString(checkouts.link.resolve("witness"), "");

    assertThat(checkouts.update(repository.address())).isEqualTo(commit);

    assertThat(witness).exists();
    assertThat(checkouts.versions()).containsExactly(commit);
  }

  @Test
  void updateBringsTheCheckoutWhereThereIsNone() throws Exception {
    String commit = repository.push("release", "one");

    assertThat(checkouts.update(repository.address())).isEqualTo(commit);
    assertThat(checkouts.content()).isEqualTo("one");
  }

  @Test
  void lastThreeVersionsStay() throws Exception {
    List<String> commits = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      commits.add(repository.push("release", "version " + i));
      checkouts.update(repository.address());
      // the order is that of the folders' times
      Files.setLastModifiedTime(
          checkouts.link.toRealPath(), java.nio.file.attribute.FileTime.fromMillis(1_000L * i));
    }

    assertThat(checkouts.versions()).containsExactlyInAnyOrderElementsOf(commits.subList(2, 5));
    assertThat(checkouts.content()).isEqualTo("version 4");
  }

  @Test
  void versionThatARunBeganWithStaysUntilAnotherRunBegins() throws Exception {
    String first = repository.push("release", "1");
    checkouts.checkout(repository.address());
    checkouts.repositories.begins("ns", "demo", first);
    for (int i = 2; i < 6; i++) {
      repository.push("release", Integer.toString(i));
      checkouts.update(repository.address());
    }
    assertThat(checkouts.versions()).hasSize(4).contains(first);

    String last = repository.push("release", "6");
    checkouts.repositories.begins("ns", "demo", last);
    checkouts.update(repository.address());

    assertThat(checkouts.versions()).hasSize(3).contains(last).doesNotContain(first);
  }

  @Test
  void updateGoesBackWhenTheBranchDoes() throws Exception {
    String first = repository.push("release", "one");
    checkouts.checkout(repository.address());
    repository.push("release", "two");
    checkouts.update(repository.address());

    repository
        .git()
        .reset()
        .setMode(org.eclipse.jgit.api.ResetCommand.ResetType.HARD)
        .setRef(first)
        .call();
    repository
        .git()
        .push()
        .setForce(true)
        .setRefSpecs(new org.eclipse.jgit.transport.RefSpec("HEAD:refs/heads/release"))
        .call();

    assertThat(checkouts.update(repository.address())).isEqualTo(first);
    assertThat(checkouts.content()).isEqualTo("one");
  }

  @Test
  void thereIsAWholeVersionAtEachMoment() throws Exception {
    repository.push("release", "0");
    checkouts.checkout(repository.address());
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Integer> reader =
        CompletableFuture.supplyAsync(
            () -> {
              int reads = 0;
              while (!done.get()) {
                try {
                  assertThat(checkouts.link.toRealPath().resolve("plugin.sh")).isExecutable();
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
                reads++;
              }
              return reads;
            });

    for (int i = 1; i <= 3; i++) {
      repository.push("release", Integer.toString(i));
      checkouts.update(repository.address());
    }
    done.set(true);

    assertThat(reader.join()).isPositive();
  }

  @Test
  void updatesAtOnceDoNotDisturbEachOther() throws Exception {
    String commit = repository.push("release", "one");
    List<Future<PluginUpdate>> updates = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      updates.add(checkouts.repositories.update("ns", "demo", repository.address(), ""));
    }

    for (Future<PluginUpdate> update : updates) {
      assertThat(Checkouts.await(update).to()).isEqualTo(commit);
    }
    assertThat(checkouts.versions()).containsExactly(commit);
  }

  @Test
  void unfinishedFetchIsNoObstacle() throws Exception {
    String commit = repository.push("release", "one");
    Path unfinished =
        Files.createDirectories(checkouts.dir.resolve("ns/.versions/demo/.unfinished/.git"));
    Files.writeString(unfinished.resolve("config"), "[core");
    Files.createSymbolicLink(checkouts.dir.resolve("ns/.demo.next"), Path.of("gone"));

    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("one");
    assertThat(checkouts.versions()).containsExactly(commit);
  }

  @Test
  void checkoutThatLostItsVersionIsFetchedAgain() throws Exception {
    repository.push("release", "one");
    checkouts.checkout(repository.address());
    SafeFiles.deleteTree(checkouts.link.toRealPath());

    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("one");
  }

  @Test
  void checkoutOfAnOlderAgentIsUsedAndReplacedByUpdate() throws Exception {
    Files.createDirectories(checkouts.link);
    Files.writeString(checkouts.link.resolve("plugin.sh"), "legacy");
    Files.createDirectories(checkouts.dir.resolve("ns/.versions/demo/before/from an earlier one"));
    String commit = repository.push("release", "new");

    checkouts.checkout(repository.address());
    assertThat(checkouts.content()).isEqualTo("legacy");

    assertThat(checkouts.update(repository.address())).isEqualTo(commit);
    assertThat(checkouts.content()).isEqualTo("new");
    assertThat(checkouts.link).isSymbolicLink();
    assertThat(checkouts.versions()).containsExactlyInAnyOrder(commit, "before");
    assertThat(checkouts.dir.resolve("ns/.versions/demo/before/plugin.sh")).hasContent("legacy");
  }

  @Test
  void failedUpdateLeavesWhatIsThere() throws Exception {
    repository.push("release", "one");
    checkouts.checkout(repository.address());

    assertThatThrownBy(() -> checkouts.update("file://" + folder + "/none.git"))
        .hasMessageContaining("can't be read");

    assertThat(checkouts.content()).isEqualTo("one");
  }

  @Test
  void whatIsThereDoesNotWaitForServersThatHang() throws Exception {
    repository.push("release", "one");
    checkouts.checkout(repository.address());
    checkouts.close();
    CountDownLatch asked = new CountDownLatch(2);
    CountDownLatch over = new CountDownLatch(1);
    checkouts =
        new Checkouts(
            folder,
            new PluginsConfig(folder.resolve("plugins")),
            request -> {
              asked.countDown();
              if (!awaitUninterruptibly(over)) {
                throw new IOException("was never let go");
              }
              throw new IOException("hung");
            });
    for (String project : List.of("a", "b")) {
      checkouts.repositories.checkout("ns", project, "git://hangs/" + project, "");
    }
    assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();

    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("one");
    over.countDown();
  }

  @Test
  void serverThatHangsKeepsNoOthersPluginWaiting() throws Exception {
    repository.push("release", "one");
    checkouts.close();
    Semaphore over = new Semaphore(0);
    checkouts =
        new Checkouts(
            folder,
            new PluginsConfig(folder.resolve("plugins")),
            request -> {
              if (!request.address().startsWith("git://hangs/")) {
                return GitFetch.fetch(request);
              }
              over.acquireUninterruptibly();
              throw new IOException("hung");
            });
    for (String project : List.of("a", "b", "c", "d", "e")) {
      checkouts.repositories.checkout("ns", project, "git://hangs/" + project, "");
    }

    // the first two of them take both turns: nobody can know yet
    over.release(2);
    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("one");
    over.release(3);
  }

  private static boolean awaitUninterruptibly(CountDownLatch latch) {
    try {
      return latch.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
