package io.loda.agent.http;

import io.loda.agent.plugin.Metric;
import io.loda.agent.poll.AssignmentPoller;
import io.loda.agent.schedule.Scheduler;
import io.loda.common.http.BadCall;
import io.loda.common.http.Calls;
import io.loda.common.http.Reply;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code /me/…}, {@code /health} and {@code /update}: the agent's status, and a poll now. */
final class MeRoutes {

  private static final int MOST_UPDATING = 8;

  private final AtomicInteger updating = new AtomicInteger();
  private final Scheduler scheduler;
  private final AssignmentPoller poller;
  private final SelfStatus self;

  MeRoutes(Scheduler scheduler, AssignmentPoller poller, SelfStatus self) {
    this.scheduler = scheduler;
    this.poller = poller;
    this.self = self;
  }

  void addTo(Calls calls) {
    calls.reading("/me/ns", this::namespaces);
    calls.reading("/me/status", this::status);
    calls.reading("/health", this::health);
    calls.reading("/me/traffic", this::traffic);
    // the older agent's hosts form a ring and list its members here; this agent has no ring
    calls.reading("/member", call -> Reply.json(call, "null"));
    calls.changing("/update", this::update);
  }

  private void namespaces(RoutingContext call) {
    scheduler
        .assigned()
        .onSuccess(
            assigned ->
                Reply.json(
                    call, new JsonArray(List.copyOf(assigned.namespaces().keySet())).encode()))
        .onFailure(call::fail);
  }

  private void traffic(RoutingContext call) {
    scheduler
        .traffic()
        .onSuccess(metrics -> Reply.json(call, list(metrics).encode()))
        .onFailure(call::fail);
  }

  /** Writes metrics as a plugin prints them. */
  private static JsonArray list(List<Metric> metrics) {
    JsonArray list = new JsonArray();
    for (Metric metric : metrics) {
      list.add(
          new JsonObject()
              .put("name", metric.name())
              .put("timestamp", metric.timestamp())
              .put("tags", new JsonObject(new LinkedHashMap<>(metric.tags())))
              .put("value", metric.value()));
    }
    return list;
  }

  /** Answers from memory alone, so that it may be called each second. */
  private void health(RoutingContext call) {
    JsonObject health = self.health();
    Reply.json(call, health.getJsonArray("problems").isEmpty() ? 200 : 503, health.encode());
  }

  /** Bounds the callers that wait for a registry that hangs. */
  private void update(RoutingContext call) {
    if (updating.get() >= MOST_UPDATING) {
      throw new BadCall(
          429,
          "update: expected at most "
              + MOST_UPDATING
              + " calls that wait for the registry's answer, found more; retry later");
    }
    updating.incrementAndGet();
    Context here = call.vertx().getOrCreateContext();
    poller
        .update()
        .onComplete(
            result -> {
              updating.decrementAndGet();
              here.runOnContext(unused -> updated(call, result));
            });
  }

  private static void updated(RoutingContext call, AsyncResult<Void> result) {
    if (result.succeeded()) {
      Reply.done(call, "collect items updated");
    } else {
      Reply.notDone(call, 502, "update failed: " + result.cause().getMessage());
    }
  }

  private void status(RoutingContext call) {
    scheduler
        .assigned()
        .onSuccess(
            assigned -> {
              JsonObject head =
                  self.json(scheduler.runtime())
                      .put(
                          "namespaces", new JsonArray(List.copyOf(assigned.namespaces().keySet())));
              JobPages.send(
                  call,
                  scheduler,
                  assigned.rejected(),
                  JobPages.Shape.json(head, "jobs", StatusJson::of));
            })
        .onFailure(call::fail);
  }
}
