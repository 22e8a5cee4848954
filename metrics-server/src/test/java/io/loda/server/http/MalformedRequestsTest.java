package io.loda.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.http.Signature;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.store.MemoryStore;
import io.loda.server.store.MetricStore;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ten thousand requests that are wrong: each is answered rightly, and none leaves anything. */
class MalformedRequestsTest {

  private static final long SEED = 14;
  private static final int REQUESTS = 10_000;
  private static final int AT_ONCE = 8;

  private final MetricStore store = store();
  private final MetricStore keyedStore = store();
  private final RunningApi open = api(store, null);
  private final RunningApi keyed = api(keyedStore, WrongRequests.KEY);
  private final ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);

  private static MetricStore store() {
    return new MemoryStore(32 << 20, 8 << 20, Clock.systemUTC());
  }

  private static RunningApi api(MetricStore store, @Nullable String key) {
    return new RunningApi(store, key, true, Duration.ofSeconds(60));
  }

  /** What is there before, and after; one more of the counter is too much. */
  @BeforeEach
  void keepSomething() {
    List<Metric> before = List.of(Metric.gauge("before", 1.5), Metric.counter("a", Long.MAX_VALUE));
    store.update(Batch.of(before, null)).toCompletionStage().toCompletableFuture().join();
    keyedStore.update(Batch.of(before, null)).toCompletionStage().toCompletableFuture().join();
  }

  @AfterEach
  void close() {
    callers.shutdownNow();
    open.close();
    keyed.close();
  }

  @Test
  @Timeout(120)
  void eachIsAnsweredRightlyAndLeavesNothing() throws Exception {
    List<MetricStore.Listed> before = listed(store);
    List<MetricStore.Listed> keyedBefore = listed(keyedStore);

    WrongRequests wrong = new WrongRequests(SEED);
    List<WrongRequests.Request> large = wrong.large();
    List<String> problems = new ArrayList<>();
    for (WrongRequests.Request request : large) {
      problems.add(problem(request));
    }
    List<Callable<String>> calls = new ArrayList<>();
    for (WrongRequests.Request request : wrong.small(REQUESTS - large.size())) {
      calls.add(() -> problem(request));
    }
    for (Future<String> call : callers.invokeAll(calls)) {
      problems.add(call.get());
    }
    problems.removeIf(String::isEmpty);

    assertThat(problems).as("of seed %d", SEED).isEmpty();
    assertThat(listed(store)).isEqualTo(before);
    assertThat(listed(keyedStore)).isEqualTo(keyedBefore);
    assertThat(RunningApi.text(open.get("/")).split("<tr>", -1)).hasSize(2 + 2);
    for (RunningApi api : List.of(open, keyed)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> api.bodies.usedBytes() == 0 && api.answers.usedBytes() == 0);
    }
  }

  private static List<MetricStore.Listed> listed(MetricStore store) {
    return store.list(null, 1_000).toCompletionStage().toCompletableFuture().join();
  }

  /** Returns what is wrong with the answer; empty: nothing is. */
  private String problem(WrongRequests.Request request) throws Exception {
    String status;
    byte[] body;
    String signature = "";
    if (request.raw().isEmpty()) {
      HttpResponse<byte[]> answer = (request.keyed() ? keyed : open).send(request);
      status = Integer.toString(answer.statusCode());
      body = answer.body();
      signature = answer.headers().firstValue(Signature.HEADER).orElse("");
    } else {
      String answer = open.raw(request.raw());
      status = answer.replaceFirst("(?s)HTTP/1.[01] (...) .*", "$1");
      body = answer.substring(answer.indexOf("\r\n\r\n") + 4).getBytes(UTF_8);
    }
    boolean right =
        status.equals(Integer.toString(request.status()))
            && isError(new String(body, UTF_8), request.status())
            && (!request.keyed()
                || new Signature(WrongRequests.KEY).fits(signature, body, body.length));
    return right ? "" : request + " was answered " + status + " " + new String(body, UTF_8);
  }

  private static boolean isError(String text, int status) {
    JsonObject error = new JsonObject(text);
    return error.getInteger("code") == status
        && !error.getString("message").isBlank()
        && error.getJsonArray("details").equals(new JsonArray())
        && !text.contains("Exception")
        && !text.contains("\tat ");
  }
}
