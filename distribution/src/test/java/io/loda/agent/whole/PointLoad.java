package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Posts points, each with an id of its own, and notes which of them were answered with 200. */
final class PointLoad {

  static final int POINTS_A_POST = 20;
  static final String NAMESPACE = "test.loda";
  static final String TOPIC = "collect." + NAMESPACE;

  /** Longer than this no post takes that nothing holds up. */
  private static final long STANDSTILL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Map<Integer, Long> accepted = new ConcurrentHashMap<>();
  private int next;

  /** Ids that were answered with 200. */
  Set<Integer> accepted() {
    return new TreeSet<>(accepted.keySet());
  }

  /** Those that were answered with 200 within a time, in ns of {@link System#nanoTime}. */
  Set<Integer> accepted(long fromNanos, long toNanos) {
    return accepted.entrySet().stream()
        .filter(e -> e.getValue() - fromNanos >= 0 && e.getValue() - toNanos < 0)
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * When it was so long before a moment, both in ns of {@link System#nanoTime}: of the time in
   * which posts were answered, as a machine that stands still has no time to do anything.
   */
  long before(long nanos, Duration time) {
    long left = time.toNanos();
    long at = nanos;
    for (long answer : new TreeSet<>(accepted.values()).headSet(nanos, true).descendingSet()) {
      long gap = Math.min(at - answer, STANDSTILL_NANOS);
      if (gap >= left) {
        break;
      }
      left -= gap;
      at = answer;
    }
    return at - left;
  }

  /**
   * One post; 200 or 503.
   *
   * @param padding bytes more of each point
   */
  synchronized int post(AgentProcess agent, int padding) throws IOException, InterruptedException {
    int first = next;
    next += POINTS_A_POST;
    String tag = padding == 0 ? "" : ",\"p\":\"" + "x".repeat(padding) + '"';
    String points =
        IntStream.range(first, next)
            .mapToObj(
                i ->
                    "{\"name\":\"x\",\"value\":"
                        + i
                        + ",\"tags\":{\"id\":\""
                        + i
                        + '"'
                        + tag
                        + "}}")
            .collect(Collectors.joining(",", "[", "]"));
    HttpResponse<String> answer = agent.post("/post?ns=" + NAMESPACE, points);
    if (answer.statusCode() == 200) {
      long now = System.nanoTime();
      IntStream.range(first, next).forEach(i -> accepted.put(i, now));
    } else {
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }
    return answer.statusCode();
  }

  /** Posts without a pause until the agent has no room, and its status says this. */
  void fill(AgentProcess agent, int padding, String status) {
    await()
        .pollDelay(Duration.ZERO)
        .untilAsserted(
            () -> {
              while (post(agent, padding) == 200) {
                // on
              }
              assertThat(agent.get("/me/status").body()).containsPattern(status);
            });
  }

  /** Posts in a thread of its own, with a pause after each, until it is ended. */
  Running begin(AgentProcess agent, Duration pause) {
    Running running = new Running(agent, pause);
    running.thread.start();
    return running;
  }

  /** A load under way. */
  final class Running {

    private final AgentProcess agent;
    private final Duration pause;
    private final Thread thread = new Thread(this::run, "load");
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;

    private Running(AgentProcess agent, Duration pause) {
      this.agent = agent;
      this.pause = pause;
    }

    private void run() {
      try {
        while (!ended) {
          post(agent, 0);
          TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        }
      } catch (IOException | InterruptedException | AssertionError e) {
        failure = e;
      }
    }

    /** Waits for its end, which comes when the agent is gone. */
    void awaitGone() throws InterruptedException {
      thread.join();
      assertThat(failure).isInstanceOf(IOException.class);
    }

    /** Ends it; fails when a post failed. */
    void end() throws InterruptedException {
      ended = true;
      thread.join();
      assertThat(failure).isNull();
    }
  }
}
