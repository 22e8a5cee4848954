package io.loda.agent.http;

import io.loda.agent.poll.RegistryStatus;
import io.loda.common.config.Secrets;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes the status of the registry's answers, as JSON and in words. */
final class RegistryJson {

  private RegistryJson() {}

  static JsonObject of(RegistryStatus status) {
    JsonArray items = new JsonArray();
    sorted(status)
        .forEach(
            (namespace, ask) -> {
              JsonObject one = new JsonObject().put("namespace", namespace);
              items.add(one.mergeIn(of(ask)));
            });
    return new JsonObject()
        .put("source", Secrets.hidden(status.description()))
        .put("namespaces", of(status.namespaces()))
        .put("report", of(status.report()))
        .put("items", items);
  }

  private static Map<String, RegistryStatus.Ask> sorted(RegistryStatus status) {
    return new TreeMap<>(status.items());
  }

  private static JsonObject of(RegistryStatus.Ask ask) {
    Instant lastGood = ask.lastGood();
    return new JsonObject()
        .put("last_good", lastGood == null ? null : text(lastGood))
        .put("age_s", ageSeconds(lastGood))
        .put("failure", Secrets.hidden(ask.failure()));
  }

  /** Returns a line for each call that fails now. */
  static List<String> problems(RegistryStatus status) {
    List<String> problems = new ArrayList<>();
    add(problems, "registry, namespaces: ", status.namespaces());
    sorted(status).forEach((ns, ask) -> add(problems, "registry, namespace " + ns + ": ", ask));
    add(problems, "registry, report: ", status.report());
    return problems;
  }

  private static void add(List<String> problems, String subject, RegistryStatus.Ask ask) {
    if (!ask.failure().isEmpty()) {
      Instant lastGood = ask.lastGood();
      problems.add(
          subject
              + Secrets.hidden(ask.failure())
              + (lastGood == null
                  ? " (never answered before)"
                  : " (last good answer " + text(lastGood) + ")"));
    }
  }

  private static String text(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static @Nullable Long ageSeconds(@Nullable Instant lastGood) {
    return lastGood == null
        ? null
        : (Long) Math.max(0, Duration.between(lastGood, Instant.now()).toSeconds());
  }
}
