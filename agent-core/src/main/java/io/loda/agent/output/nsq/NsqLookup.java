package io.loda.agent.output.nsq;

import io.loda.common.config.HostPort;
import io.loda.common.net.HostLookup;
import io.loda.common.net.HttpAsk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks nsqlookupds for the nsqds: each minute, and every few seconds until there is a list. If one
 * of them fails, gives an unreadable answer or knows no nsqd, its last list stays in force, so that
 * a broken directory doesn't stop what works. One event loop.
 */
final class NsqLookup {

  private static final Logger LOG = LoggerFactory.getLogger(NsqLookup.class);

  private static final Duration ANSWER_TIME = Duration.ofSeconds(5);
  private static final int MAX_ANSWER_BYTES = 4 * 1024 * 1024;

  private final Vertx vertx;
  private final String output;
  private final HttpAsk http;
  private final Duration interval;
  private final Duration untilKnown;
  private final Consumer<Map<HostPort, Set<String>>> onNodes;
  private final Map<HostPort, Map<HostPort, Set<String>>> lists = new LinkedHashMap<>();
  private final Map<HostPort, String> failures = new LinkedHashMap<>();
  private final List<HostPort> lookupds;
  private boolean asked;
  private boolean asking;
  private long askedNanos;
  private long timer = -1;
  private boolean closed;

  /**
   * Doesn't ask yet.
   *
   * @param untilKnown the interval while there is no list at all
   * @param onNodes gets the union of the lists: each nsqd with the topics that have a tombstone
   */
  NsqLookup(
      Vertx vertx,
      String output,
      List<HostPort> lookupds,
      HostLookup names,
      Duration interval,
      Duration untilKnown,
      Consumer<Map<HostPort, Set<String>>> onNodes) {
    this.vertx = vertx;
    this.output = output;
    this.lookupds = List.copyOf(lookupds);
    this.http = new HttpAsk(vertx, names, ANSWER_TIME, MAX_ANSWER_BYTES, 1);
    this.interval = interval;
    this.untilKnown = untilKnown;
    this.onNodes = onNodes;
  }

  /** Returns whether the first answers are outstanding. */
  boolean isFirst() {
    return !asked && !lookupds.isEmpty();
  }

  /** Returns why some of them gave no list; empty: all did. */
  String failure() {
    return String.join("; ", failures.values());
  }

  void start() {
    if (!lookupds.isEmpty()) {
      poll();
    }
  }

  /** Asks at once, unless it did in the last few seconds; called when no known server is ready. */
  void hurry() {
    if (asked && !asking && System.nanoTime() - askedNanos > untilKnown.toNanos()) {
      vertx.cancelTimer(timer);
      poll();
    }
  }

  private void poll() {
    if (closed) {
      return;
    }
    asking = true;
    askedNanos = System.nanoTime();
    List<Future<Void>> answers = new ArrayList<>();
    lookupds.forEach(lookupd -> answers.add(ask(lookupd)));
    Future.join(answers)
        .onComplete(
            unused -> {
              if (closed) {
                return;
              }
              asked = true;
              asking = false;
              Map<HostPort, Set<String>> all = new LinkedHashMap<>();
              lists
                  .values()
                  .forEach(
                      list ->
                          list.forEach(
                              (node, topics) ->
                                  all.computeIfAbsent(node, n -> new HashSet<>()).addAll(topics)));
              onNodes.accept(all);
              Duration pause = all.isEmpty() ? untilKnown : interval;
              timer = vertx.setTimer(pause.toMillis(), now -> poll());
            });
  }

  private Future<Void> ask(HostPort lookupd) {
    return http.ask(
            new RequestOptions()
                .setHost(lookupd.host())
                .setPort(lookupd.port())
                .setURI("/nodes")
                .putHeader("Accept", "application/vnd.nsq; version=1.0"),
            null)
        .map(
            answer -> {
              if (answer.status() != 200) {
                throw new IllegalArgumentException("it answered " + answer.status());
              }
              Map<HostPort, Set<String>> nodes = nodes(answer.text());
              if (nodes.isEmpty()) {
                throw new IllegalArgumentException("it knows no nsqd");
              }
              lists.put(lookupd, nodes);
              failures.remove(lookupd);
              return (Void) null;
            })
        .onFailure(
            e -> {
              String failure = "nsqlookupd " + lookupd + ": " + Reasons.of(e);
              if (!failure.equals(failures.put(lookupd, failure))) {
                LOG.warn(
                    "output {}: nsqlookupd {} failed, {}retrying: {}",
                    output,
                    lookupd,
                    lists.containsKey(lookupd) ? "its last list stays in force, " : "",
                    Reasons.of(e));
              }
            });
  }

  /**
   * Parses an answer to {@code /nodes}.
   *
   * @throws IllegalArgumentException when it isn't one
   */
  static Map<HostPort, Set<String>> nodes(String text) {
    try {
      JsonObject json = new JsonObject(text);
      // before nsqlookupd 1.0 the answer was in an envelope
      JsonObject data = json.getJsonObject("data", json);
      Map<HostPort, Set<String>> nodes = new LinkedHashMap<>();
      for (Object each : data.getJsonArray("producers", new JsonArray())) {
        JsonObject node = (JsonObject) each;
        String host = node.getString("broadcast_address", "");
        int port = node.getInteger("tcp_port", 0);
        if (!host.isBlank() && port > 0 && port <= 65535) {
          nodes.put(new HostPort(host, port), tombstones(node));
        }
      }
      return nodes;
    } catch (DecodeException | ClassCastException | NullPointerException e) {
      throw new IllegalArgumentException("its answer can't be read: is it an nsqlookupd?", e);
    }
  }

  private static Set<String> tombstones(JsonObject node) {
    JsonArray topics = node.getJsonArray("topics", new JsonArray());
    JsonArray tombstones = node.getJsonArray("tombstones", new JsonArray());
    Set<String> aside = new HashSet<>();
    for (int i = 0; i < Math.min(topics.size(), tombstones.size()); i++) {
      if (Boolean.TRUE.equals(tombstones.getValue(i))) {
        aside.add(topics.getString(i));
      }
    }
    return aside;
  }

  Future<Void> close() {
    closed = true;
    return http.close();
  }
}
