package io.loda.agent.http;

import io.loda.agent.assignment.ArgumentWords;
import io.loda.agent.assignment.Assignment;
import io.loda.agent.git.PluginUpdate;
import io.loda.agent.git.PluginVersion;
import io.loda.agent.plugins.PluginCallException;
import io.loda.agent.schedule.JobStatus;
import io.loda.agent.schedule.PluginCalls;
import io.loda.agent.schedule.Scheduler;
import io.loda.agent.source.script.result.RunResult;
import io.loda.common.http.Answers;
import io.loda.common.http.BadCall;
import io.loda.common.http.Calls;
import io.loda.common.http.Query;
import io.loda.common.http.Reply;
import io.loda.common.logging.VisibleText;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /plugins/…}: list, runs, run, update, enable and disable. */
final class PluginRoutes {

  private static final String WHICH =
      "a repository's address as the registry has it, or instead `name`: the item's";

  /** A bound on the number alone; the policy limits how long a run may take. */
  private static final long LONGEST_RUN_SECONDS = Integer.MAX_VALUE;

  /** The memory of an answer with all runs of a plugin: it copies standard error several times. */
  private static final long RUNS_BYTES = 3 * 512 * 1024;

  private final Scheduler scheduler;
  private final PluginCalls plugins;
  private final Duration runTimeout;

  /**
   * Makes the routes of the calls on plugins.
   *
   * @param runTimeout the time-out of a run for which the caller gives none
   */
  PluginRoutes(Scheduler scheduler, Duration runTimeout) {
    this.scheduler = scheduler;
    this.plugins = scheduler.pluginCalls();
    this.runTimeout = runTimeout;
  }

  void addTo(Calls calls) {
    calls.reading("/plugins/list", this::list);
    calls.reading("/plugins/runs", this::runs);
    calls.changing("/plugins/run", this::run);
    calls.changing("/plugins/update", this::update);
    calls.changing("/plugins/enable", call -> enable(call, true));
    calls.changing("/plugins/disable", call -> enable(call, false));
  }

  private void list(RoutingContext call) {
    JobPages.Shape shape =
        Reply.wantsJson(call)
            ? JobPages.Shape.json(new JsonObject(), "plugins", this::plugin)
            : new JobPages.Shape(Reply.TEXT, "", this::line, "", "", null, "");
    scheduler
        .assigned()
        .onSuccess(assigned -> JobPages.send(call, scheduler, assigned.rejected(), shape))
        .onFailure(call::fail);
  }

  private @Nullable JsonObject plugin(JobStatus job) {
    JsonObject plugin = StatusJson.plugin(job);
    return plugin == null ? null : put(plugin, plugins.version(job.assignment()));
  }

  private @Nullable String line(JobStatus job) {
    if (!(job.assignment() instanceof Assignment.Script script)) {
      return null;
    }
    PluginVersion version = plugins.version(script);
    return VisibleText.line(script.key())
        + " enabled:"
        + job.enabled()
        + (script.keep() && !job.enabled() ? " keep:nothing-as-disabled" : "")
        + (version.rolledBack().isEmpty() ? "" : " rolled-back:" + version.rolledBack())
        + '\n';
  }

  private void runs(RoutingContext call) {
    Query query = new Query(call);
    String namespace = namespace(query);
    String repository = plugin(query);
    Runnable release = Answers.reserveForMany(call, RUNS_BYTES);
    if (release == null) {
      return;
    }
    calls(query)
        .runs(namespace, repository)
        .onComplete(unused -> release.run())
        .onSuccess(
            runs -> {
              JsonArray list = new JsonArray();
              runs.forEach(run -> list.add(StatusJson.of(run)));
              Reply.json(call, new JsonObject().put("runs", list).encode());
            })
        .onFailure(
            e -> {
              if (e instanceof PluginCallException cannot) {
                // the older agent doesn't have this call, so no old client expects errors with
                // status 200
                Reply.bad(call, status(cannot), String.valueOf(e.getMessage()));
              } else {
                call.fail(e);
              }
            });
  }

  private void run(RoutingContext call) {
    Query query = new Query(call);
    String param = query.optional("param");
    List<String> arguments;
    try {
      arguments = param == null ? null : ArgumentWords.words("param", param);
    } catch (IllegalArgumentException e) {
      throw new BadCall(String.valueOf(e.getMessage()));
    }
    long given = query.number("timeout", 0, LONGEST_RUN_SECONDS, 0);
    Duration timeout = given == 0 ? plugins.allowed(runTimeout) : Duration.ofSeconds(given);
    String namespace = namespace(query);
    // the older agent's callers expect the answer "is running" at once
    Duration patience = query.flag("wait") ? plugins.allowed(timeout) : Duration.ZERO;
    calls(query)
        .run(namespace, plugin(query), arguments, timeout, patience)
        .onSuccess(
            ran -> {
              if (Reply.wantsJson(call)) {
                answer(call, ran);
              } else if (ran.result().ok()) {
                Reply.done(call, StatusJson.done(ran));
              } else {
                Reply.notDone(
                    call,
                    500,
                    // the older agent's words, which its callers search for
                    "run plugin %s %s accurs an error:%s"
                        .formatted(namespace, project(ran.plugin()), ran.result().detail()));
              }
            })
        .onFailure(e -> failed(call, "run failed: ", e));
  }

  /** Answers with the whole result and the version that ran. */
  private void answer(RoutingContext call, PluginCalls.Ran ran) {
    RunResult result = ran.result();
    Reply.json(
        call,
        result.ok() ? 200 : 500,
        put(StatusJson.of(ran), plugins.version(ran.plugin())).encode());
  }

  private static JsonObject put(JsonObject plugin, PluginVersion version) {
    return plugin
        .put("commit", version.commit())
        .put("from", version.from())
        .put("rolled-back", version.rolledBack());
  }

  private void update(RoutingContext call) {
    Query query = new Query(call);
    calls(query)
        .update(namespace(query), plugin(query))
        .onSuccess(update -> updated(call, update))
        .onFailure(e -> failed(call, "update failed: ", e));
  }

  private static void updated(RoutingContext call, PluginUpdate update) {
    String message =
        update.equals(PluginUpdate.IN_PLACE)
            ? "nothing was fetched: its folder is run in place, as it is now; a stream restarts"
            // the older agent's words, which its callers search for
            : "update successfully";
    if (Reply.wantsJson(call)) {
      JsonObject answer = new JsonObject().put("status", 200).put("message", message);
      answer.put("from", update.from()).put("to", update.to());
      Reply.json(call, answer.encode());
    } else {
      Reply.done(call, message);
    }
  }

  private void enable(RoutingContext call, boolean on) {
    Query query = new Query(call);
    Future<Void> done = calls(query).enable(namespace(query), plugin(query), on);
    done.onSuccess(
            unused -> Reply.done(call, "plugin " + (on ? "enabled" : "disabled") + " successfully"))
        .onFailure(e -> failed(call, "failed to " + (on ? "enable" : "disable") + " plugin: ", e));
  }

  private static String namespace(Query query) {
    return query.required("ns", "a namespace of this host");
  }

  private static String plugin(Query query) {
    String name = query.optional("name");
    return name == null ? query.required("repo", WHICH) : name;
  }

  private PluginCalls calls(Query query) {
    return query.optional("name") == null ? plugins : plugins.byName();
  }

  private static String project(Assignment plugin) {
    return plugin instanceof Assignment.Script script ? script.project() : plugin.name();
  }

  private static void failed(RoutingContext call, String what, Throwable cause) {
    if (cause instanceof PluginCallException e) {
      if (e.retryAfterSeconds() > 0) {
        call.response().putHeader("Retry-After", Long.toString(e.retryAfterSeconds()));
      }
      Reply.notDone(call, status(e), String.valueOf(e.getMessage()));
    } else {
      Reply.notDone(call, 500, what + cause.getMessage());
    }
  }

  private static int status(PluginCallException e) {
    return switch (e.reason()) {
      case WRONG -> 400;
      case NOT_ASSIGNED -> 404;
      case REFUSED -> 403;
      case AMBIGUOUS, RUNNING, NOT_READY, ROLLED_BACK -> 409;
      case BUSY -> 429;
    };
  }
}
