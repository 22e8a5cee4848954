package io.loda.agent.source.script.cage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.process.ProcessTree;
import io.loda.agent.source.script.process.UserProcesses;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PluginRunsTest {

  private static final String ONE = "ns|one";
  private static final long UID = 2_123_456_002L;

  private final PluginRuns runs = new PluginRuns();

  @Test
  void lastOneClears() throws Exception {
    List<String> cleared = new ArrayList<>();
    runs.begin(ONE);
    runs.begin(ONE);
    runs.begin("ns|other");

    runs.end(ONE, () -> cleared.add("first"));
    runs.end(ONE, () -> cleared.add("second"));

    assertThat(cleared).containsExactly("second");
  }

  @Test
  void whatIsToBeDoneWhenNoneIsUnderWayWaitsForTheLastOne() throws Exception {
    List<String> done = new ArrayList<>();
    runs.whenNone(ONE, () -> done.add("at once"));
    runs.begin(ONE);
    runs.whenNone(ONE, () -> done.add("later"));
    runs.whenNone("ns|other", () -> done.add("another's"));
    assertThat(done).containsExactly("at once", "another's");

    runs.end(ONE, () -> done.add("end"));

    assertThat(done).containsExactly("at once", "another's", "end", "later");
    runs.begin(ONE);
    runs.end(ONE, () -> done.add("next"));
    assertThat(done).endsWith("next");
  }

  @Test
  void nextOneWaitsForThat() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    AtomicBoolean begun = new AtomicBoolean();
    runs.begin(ONE);
    Thread ends =
        new Thread(
            () ->
                runs.end(
                    ONE,
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
                runs.begin(ONE);
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
