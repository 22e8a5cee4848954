package io.loda.agent.http;

import io.loda.common.telemetry.Counters;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the posts that are refused with 503 because there is no room for them. It logs the first
 * one, and their number once none was refused for 10 s: while room is scarce, some are accepted and
 * some refused, and a line for each would flood the log. On the server's event loop.
 */
final class PostsRefused {

  private static final Logger LOG = LoggerFactory.getLogger(PostsRefused.class);
  private static final String COUNTER = "posts.refused";
  private static final Duration QUIET = Duration.ofSeconds(10);

  private final Counters counters;
  private final LongSupplier nanoTime;
  private @Nullable String reason;
  private long sinceNanos;
  private long lastNanos;
  private long refused;

  PostsRefused(Counters counters, LongSupplier nanoTime) {
    this.counters = counters;
    this.nanoTime = nanoTime;
  }

  /** Checks periodically whether the refusals are over. */
  void start(Vertx vertx) {
    vertx.setPeriodic(QUIET.toMillis() / 4, unused -> lookWhetherOver());
  }

  /** Notes a post that was refused with 503. */
  void refused(String why) {
    counters.add(COUNTER);
    lastNanos = nanoTime.getAsLong();
    if (reason == null) {
      sinceNanos = lastNanos;
      refused = 0;
      LOG.warn("HTTP: posts refused with 503: {}", why);
    }
    reason = why;
    refused++;
  }

  void lookWhetherOver() {
    if (reason != null && nanoTime.getAsLong() - lastNanos >= QUIET.toNanos()) {
      reason = null;
      LOG.info(
          "HTTP: posts accepted again, {} were refused within {} s",
          refused,
          Duration.ofNanos(lastNanos - sinceNanos).toSeconds() + 1);
    }
  }

  /** Says why posts are refused; empty: none are. */
  Optional<String> problem() {
    return reason == null
        ? Optional.empty()
        : Optional.of("posts refused with 503, " + refused + " so far: " + reason);
  }

  JsonObject json() {
    return new JsonObject()
        .put("refused", counters.get(COUNTER))
        .put("refusing", reason != null)
        .put("reason", reason == null ? "" : reason);
  }
}
