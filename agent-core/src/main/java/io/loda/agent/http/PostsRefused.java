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
 * Posts that are answered 503 since there is no room for them. The log has a line when that begins,
 * and one with their number when none was for a while: some are taken and some not while room is
 * scarce, and a line each would be a flood. On the server's event loop.
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

  /** Looks from time to time whether it is over. */
  void start(Vertx vertx) {
    vertx.setPeriodic(QUIET.toMillis() / 4, unused -> lookWhetherOver());
  }

  /** A post was answered 503. */
  void refused(String why) {
    counters.add(COUNTER);
    lastNanos = nanoTime.getAsLong();
    if (reason == null) {
      sinceNanos = lastNanos;
      refused = 0;
      LOG.warn("posts are answered 503: {}", why);
    }
    reason = why;
    refused++;
  }

  void lookWhetherOver() {
    if (reason != null && nanoTime.getAsLong() - lastNanos >= QUIET.toNanos()) {
      reason = null;
      LOG.info(
          "posts are answered 503 no more: {} were, within {} s",
          refused,
          Duration.ofNanos(lastNanos - sinceNanos).toSeconds() + 1);
    }
  }

  /** What is wrong now. */
  Optional<String> problem() {
    return reason == null
        ? Optional.empty()
        : Optional.of("posts are answered 503, " + refused + " so far: " + reason);
  }

  JsonObject json() {
    return new JsonObject()
        .put("refused", counters.get(COUNTER))
        .put("refusing", reason != null)
        .put("reason", reason == null ? "" : reason);
  }
}
