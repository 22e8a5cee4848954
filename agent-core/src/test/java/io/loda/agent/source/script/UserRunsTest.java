package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class UserRunsTest {

  private static final long UID = 2_123_456_002L;

  private final UserRuns runs = new UserRuns();

  @Test
  void lastOneClears() throws Exception {
    List<String> cleared = new ArrayList<>();
    runs.begin(UID);
    runs.begin(UID);
    runs.begin(UID + 1);

    runs.end(UID, () -> cleared.add("first"));
    runs.end(UID, () -> cleared.add("second"));
    runs.end(-1, () -> cleared.add("of no user of its own"));

    assertThat(cleared).containsExactly("second");
  }

  @Test
  void nextOneWaitsForThat() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean begun = new AtomicBoolean();
    runs.begin(UID);
    Thread ends =
        new Thread(
            () ->
                runs.end(
                    UID,
                    () -> {
                      try {
                        go.await();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                      assertThat(begun).isFalse();
                    }));
    ends.start();
    await().until(() -> ends.getState() == Thread.State.WAITING);
    Thread next =
        new Thread(
            () -> {
              try {
                runs.begin(UID);
                begun.set(true);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    next.start();
    await().until(() -> next.getState() == Thread.State.WAITING);
    assertThat(begun).isFalse();

    go.countDown();

    await().untilTrue(begun);
  }

  @Test
  void allProcessesOfAUserAreEndedWhateverTheyDidToHide() throws Exception {
    assumeThat(ScriptRuns.ROOT).as("only root can become another user").isTrue();
    Process hides =
        new ProcessBuilder(
                "setpriv",
                "--reuid=" + UID,
                "--regid=" + UID,
                "--clear-groups",
                "sh",
                "-c",
                "ulimit -m 1; exec env -i setsid sleep 1000")
            .start();
    try {
      await().until(() -> hides.info().command().orElse("").endsWith("sleep"));

      assertThat(UserProcesses.end(Set.of(UID))).isEqualTo(new ProcessTree.Sweep(1, List.of()));

      assertThat(hides.waitFor()).isEqualTo(128 + 9);
    } finally {
      hides.destroyForcibly();
    }
  }
}
