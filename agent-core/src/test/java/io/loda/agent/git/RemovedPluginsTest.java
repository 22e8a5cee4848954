package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a plugin leaves behind that is no longer assigned. */
class RemovedPluginsTest extends CheckoutFixture {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Set<String> NONE = Set.of();
  private static final Set<String> DEMO = Set.of("ns|demo");

  @BeforeEach
  void check() throws Exception {
    repository.push("release", "one");
    checkouts.checkout(repository.address());
    for (String other : new String[] {".copies", ".scratch"}) {
      Path left = Files.createDirectories(checkouts.dir.resolve(other).resolve("ns/demo"));
      Files.writeString(left.resolve("file"), "x");
    }
  }

  @Test
  void isDeletedAfterSevenDays() throws Exception {
    assertThat(remove(NONE, Duration.ZERO)).isEmpty();
    assertThat(remove(NONE, Duration.ofDays(7).minusSeconds(1))).isEmpty();
    assertThat(checkouts.content()).isEqualTo("one");

    assertThat(remove(NONE, Duration.ofDays(7))).containsExactly("ns|demo");

    assertThat(checkouts.link).doesNotExist();
    assertThat(checkouts.versions()).isEmpty();
    assertThat(checkouts.dir.resolve("ns/.versions")).isEmptyDirectory();
    assertThat(checkouts.dir.resolve(".copies/ns")).isEmptyDirectory();
    assertThat(checkouts.dir.resolve(".scratch/ns")).isEmptyDirectory();
    assertThat(checkouts.dir.resolve(".removed")).isEmptyDirectory();
  }

  @Test
  void restartDoesNotBeginTheSevenDaysAnew() {
    remove(NONE, Duration.ZERO);
    checkouts.close();
    checkouts = Checkouts.inProcess(folder);

    assertThat(remove(NONE, Duration.ofDays(7))).containsExactly("ns|demo");
  }

  @Test
  void assignedAgainItStays() throws Exception {
    remove(NONE, Duration.ZERO);
    remove(DEMO, Duration.ofDays(6));

    assertThat(remove(NONE, Duration.ofDays(8))).isEmpty();
    assertThat(checkouts.content()).isEqualTo("one");
    assertThat(remove(NONE, Duration.ofDays(15))).containsExactly("ns|demo");
  }

  @Test
  void assignedAgainAtTheLastMomentItStays() throws Exception {
    remove(NONE, Duration.ZERO);
    CountDownLatch gate = new CountDownLatch(1);
    // both are asked for before the first of them is done
    checkouts
        .vertx
        .createSharedWorkerExecutor("checkouts")
        .executeBlocking(() -> gate.await(60, TimeUnit.SECONDS), false);
    Future<Set<String>> removed =
        checkouts.repositories.removeUnassigned(NONE, NOW.plus(Duration.ofDays(7)));
    Future<PluginCheckout> assigned =
        checkouts.repositories.checkout("ns", "demo", repository.address(), "");
    gate.countDown();

    Checkouts.await(assigned);

    assertThat(Checkouts.await(removed)).isEmpty();
    assertThat(checkouts.content()).isEqualTo("one");
  }

  @Test
  void whatIsNoCheckoutStays() throws Exception {
    Path jar = Files.createDirectories(checkouts.dir.resolve("java")).resolve("mine.jar");
    Files.writeString(jar, "x");
    Path disabled = Files.createDirectories(checkouts.dir.resolve("plugin.disabled"));
    Files.writeString(disabled.resolve("ns|other"), "");

    remove(NONE, Duration.ZERO);

    assertThat(remove(NONE, Duration.ofDays(30))).containsExactly("ns|demo");
    assertThat(jar).exists();
    assertThat(disabled.resolve("ns|other")).exists();
  }

  @Test
  void assignedLaterItIsClonedAgain() throws Exception {
    remove(NONE, Duration.ZERO);
    remove(NONE, Duration.ofDays(7));

    checkouts.checkout(repository.address());

    assertThat(checkouts.content()).isEqualTo("one");
  }

  private Set<String> remove(Set<String> assigned, Duration later) {
    return Checkouts.await(checkouts.repositories.removeUnassigned(assigned, NOW.plus(later)));
  }
}
