package io.loda.agent.git.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FetchTurnsTest {

  private final FetchTurns turns = new FetchTurns();
  private final Map<String, Promise<String>> underWay = new LinkedHashMap<>();
  private final List<Future<String>> results = new ArrayList<>();

  @Test
  void twoAreUnderWayInTheOrderInWhichTheyCame() {
    take("a1", "a2", "b1", "a3");
    assertThat(underWay).containsOnlyKeys("a1", "a2");

    end("a2", true);
    assertThat(underWay).containsOnlyKeys("a1", "b1");

    end("a1", true);
    end("b1", true);
    end("a3", true);
    assertThat(results).allMatch(Future::succeeded);
    assertThat(underWay).isEmpty();
  }

  @Test
  void serverThatFailsKeepsNoOtherWaiting() {
    take("a1", "a2", "a3", "a4", "b1", "b2", "c1");
    end("a1", false);
    // the second one was asked before it was known
    assertThat(underWay).containsOnlyKeys("a2", "b1");
    end("a2", false);
    assertThat(underWay).containsOnlyKeys("b1", "a3");

    end("b1", true);
    end("b2", true);
    assertThat(underWay).containsOnlyKeys("a3", "c1");
    end("c1", true);
    assertThat(underWay).containsOnlyKeys("a3");
  }

  @Test
  void serversThatFailedAreForgottenOnceThereAreManyOthers() {
    for (int i = 0; i < FetchTurns.MOST_FAILING + 10; i++) {
      turns.take("server " + i, () -> Future.failedFuture("away"));
    }

    assertThat(turns.failing()).isEqualTo(FetchTurns.MOST_FAILING);
  }

  @Test
  void ofAllServersThatFailOneIsAsked() {
    take("a1", "b1");
    end("a1", false);
    end("b1", false);

    take("a2", "b2", "c1");

    assertThat(underWay).containsOnlyKeys("a2", "c1");
    end("a2", false);
    assertThat(underWay).containsOnlyKeys("c1", "b2");
  }

  @Test
  void serverThatIsBackIsOneLikeTheOthers() {
    take("a1");
    end("a1", false);
    take("a2", "a3", "a4");
    assertThat(underWay).containsOnlyKeys("a2");

    end("a2", true);

    assertThat(underWay).containsOnlyKeys("a3", "a4");
  }

  @Test
  void whatIsThrownIsAFailure() {
    Future<Object> thrown =
        turns.take(
            "a",
            () -> {
              throw new IllegalStateException("at once");
            });

    assertThat(thrown.failed()).isTrue();
    take("a1", "a2");
    assertThat(underWay).containsOnlyKeys("a1");
  }

  @Test
  void anyNumberMayFailAtOnce() {
    take("a1", "b1");
    List<Future<?>> refused = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      refused.add(turns.take("c", () -> Future.failedFuture("the agent stops")));
    }
    end("a1", true);

    assertThat(refused).allMatch(Future::failed);
    assertThat(underWay).containsOnlyKeys("b1");
  }

  /** The first letter is the server. */
  private void take(String... names) {
    for (String name : names) {
      results.add(
          turns.take(
              name.substring(0, 1),
              () -> {
                Promise<String> promise = Promise.promise();
                underWay.put(name, promise);
                return promise.future();
              }));
    }
  }

  private void end(String name, boolean good) {
    Promise<String> promise = underWay.remove(name);
    if (good) {
      promise.complete(name);
    } else {
      promise.fail("hangs");
    }
  }
}
