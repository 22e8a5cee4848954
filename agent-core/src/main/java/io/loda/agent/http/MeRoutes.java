package io.loda.agent.http;

import io.loda.agent.config.Version;
import io.loda.agent.delivery.OutputStatus;
import io.loda.agent.metric.MetricJson;
import io.loda.agent.schedule.AssignmentPoller;
import io.loda.agent.schedule.RuntimeStatus;
import io.loda.agent.schedule.Scheduler;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.MemoryBudget;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** {@code /me/…} and {@code /update}: what the agent is, has and does. */
final class MeRoutes {

  private static final int MOST_UPDATING = 8;

  private final AtomicInteger updating = new AtomicInteger();
  private final Scheduler scheduler;
  private final AssignmentPoller poller;
  private final Supplier<String> hostname;
  private final Supplier<List<OutputStatus>> outputs;
  private final Counters counters;
  private final MemoryBudget memory;

  MeRoutes(
      Scheduler scheduler,
      AssignmentPoller poller,
      Supplier<String> hostname,
      Supplier<List<OutputStatus>> outputs,
      Counters counters,
      MemoryBudget memory) {
    this.scheduler = scheduler;
    this.poller = poller;
    this.hostname = hostname;
    this.outputs = outputs;
    this.counters = counters;
    this.memory = memory;
  }

  void addTo(Calls calls) {
    calls.reading("/me/ns", this::namespaces);
    calls.reading("/me/status", this::status);
    calls.reading("/me/traffic", this::traffic);
    // the older agent's hosts form a ring; this one's don't
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
        .map(MetricJson::write)
        .onSuccess(json -> Reply.json(call, json))
        .onFailure(call::fail);
  }

  /** A registry that hangs must not gather callers until there is room for no other. */
  private void update(RoutingContext call) {
    if (updating.get() >= MOST_UPDATING) {
      throw new BadCall(
          429,
          "update: expected at most "
              + MOST_UPDATING
              + " calls that wait for the registry's answer, found them; try again when it has come");
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
                  self()
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

  private JsonObject self() {
    Version version = Version.current();
    JsonArray outputList = new JsonArray();
    for (OutputStatus output : outputs.get()) {
      outputList.add(
          new JsonObject()
              .put("name", output.name())
              .put("type", output.type())
              .put("waiting_points", output.waitingPoints())
              .put("waiting_bytes", output.memoryBytes())
              .put("disk_bytes", output.diskBytes())
              .put("oldest_s", output.oldestSeconds())
              .put("dropped_points", output.dropped())
              .put("refused_points", output.refused())
              .put("failure", output.failure())
              .put("disk_failure", output.diskFailure()));
    }
    RuntimeStatus runtime = scheduler.runtime();
    JsonObject counts = new JsonObject();
    counters.snapshot().forEach(counts::put);
    return new JsonObject()
        .put("version", version.version())
        .put("commit", version.commit())
        .put("pid", ProcessHandle.current().pid())
        .put("uptime_s", ManagementFactory.getRuntimeMXBean().getUptime() / 1000)
        .put("hostname", hostname.get())
        .put("plugin_cage", runtime.cage())
        .put("java_threads_left_behind", runtime.threadsLeftBehind())
        .put("memory", memory())
        .put("outputs", outputList)
        .put("counters", counts);
  }

  private JsonObject memory() {
    JsonArray shares = new JsonArray();
    for (MemoryBudget.Share share : memory.shares()) {
      shares.add(
          new JsonObject()
              .put("name", share.name())
              .put("cap_bytes", share.capBytes())
              .put("used_bytes", share.usedBytes()));
    }
    Runtime runtime = Runtime.getRuntime();
    return new JsonObject()
        .put("heap_bytes", memory.heapBytes())
        .put("heap_used_bytes", runtime.totalMemory() - runtime.freeMemory())
        .put("direct_bytes", PlatformDependent.maxDirectMemory())
        .put("direct_used_bytes", PlatformDependent.usedDirectMemory())
        .put("shares", shares);
  }
}
