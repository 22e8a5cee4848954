package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.assignment.HostPolicy;
import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.git.PluginUpdate;
import io.loda.agent.git.PluginVersion;
import io.loda.agent.source.script.RunResult;
import io.loda.agent.source.script.ScriptSource;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks of a plugin by hand. A plugin is named by its namespace and its repository's
 * address as the registry has it. Any thread may call; failures are {@link PluginCallException}s
 * where the call can't be done, and anything else where it was tried.
 */
public final class PluginCalls {

  static final String NOT_ASSIGNED = "plugin doesn't exist, add to loda first please";

  private final Scheduler scheduler;
  private final SourceOpener opener;
  private final HostPolicy policy;

  PluginCalls(Scheduler scheduler, SourceOpener opener, HostPolicy policy) {
    this.scheduler = scheduler;
    this.opener = opener;
    this.policy = policy;
  }

  /**
   * The assignment of a repository in a namespace.
   *
   * @param repository its address as the registry has it, or as it is shown, without a password; or
   *     another address with the same {@code GROUP/REPO}, where just one plugin has it
   */
  public Future<Assignment.Script> find(String namespace, String repository) {
    return scheduler.assigned().map(set -> find(set, namespace, repository));
  }

  private static Assignment.Script find(AssignmentSet set, String namespace, String repository) {
    List<Assignment.Script> scripts =
        set.assignments().values().stream()
            .filter(Assignment.Script.class::isInstance)
            .map(Assignment.Script.class::cast)
            .filter(script -> script.namespace().equals(namespace))
            .toList();
    for (Assignment.Script script : scripts) {
      if (isMeant(script.git(), repository)) {
        return script;
      }
    }
    String shortened = GitAddress.repository(repository);
    List<Assignment.Script> similar =
        scripts.stream()
            .filter(script -> !shortened.isEmpty())
            .filter(script -> GitAddress.groupAndProject(script.git()).equals(shortened))
            .toList();
    if (similar.size() == 1 && refusal(set, namespace, repository).isEmpty()) {
      return similar.get(0);
    }
    throw missing(set, namespace, repository);
  }

  private static boolean isMeant(String address, String repository) {
    return address.equals(repository) || GitAddress.withoutSecrets(address).equals(repository);
  }

  /** To one that the registry has and the owner refuses, "add it" would be the wrong advice. */
  private static PluginCallException missing(
      AssignmentSet set, String namespace, String repository) {
    return refusal(set, namespace, repository)
        .map(item -> new PluginCallException(PluginCallException.Kind.REFUSED, item.reason()))
        .orElseGet(
            () -> new PluginCallException(PluginCallException.Kind.NOT_ASSIGNED, NOT_ASSIGNED));
  }

  private static Optional<RejectedItem> refusal(
      AssignmentSet set, String namespace, String repository) {
    return set.rejected().stream()
        .filter(
            item -> item.namespace().equals(namespace) && isMeant(item.repository(), repository))
        .findFirst();
  }

  /** A plugin that was run, and how that ended. */
  public record Ran(Assignment.Script script, RunResult result) {}

  /**
   * Runs it now.
   *
   * @param arguments instead of the assigned ones; null: the assigned ones
   */
  public Future<Ran> run(
      String namespace, String repository, @Nullable List<String> arguments, Duration timeout) {
    return find(namespace, repository)
        .compose(
            script ->
                scheduler.here(
                    () -> {
                      List<String> given = arguments == null ? script.parameters() : arguments;
                      String refused = policy.refusesRun(script, given, timeout);
                      if (!refused.isEmpty()) {
                        throw new PluginCallException(PluginCallException.Kind.REFUSED, refused);
                      }
                      Job job = scheduler.jobOf(script);
                      if (job.isQueued()) {
                        throw new PluginCallException(
                            PluginCallException.Kind.RUNNING,
                            "plugin is queued: it is due, and runs when others leave it room");
                      }
                      // a stream also while it waits to be started again
                      if (job.isRunning() || (job.isStream() && job.enabled())) {
                        throw new PluginCallException(
                            PluginCallException.Kind.RUNNING, "plugin is running");
                      }
                      if (job.isStream()) {
                        throw new PluginCallException(
                            PluginCallException.Kind.NOT_READY,
                            "plugin is disabled, and runs for ever when it is enabled");
                      }
                      if (!(job.source() instanceof ScriptSource source)) {
                        throw notReady(job);
                      }
                      return scheduler
                          .runsByHand()
                          .run(
                              allowed(timeout),
                              () ->
                                  job.run(
                                      unused ->
                                          source
                                              .runOnDemand(given, timeout)
                                              .compose(run -> job.delivered(run.collected(), run))))
                          .map(
                              run -> {
                                if (job.isWanted(run.collected())) {
                                  job.ended(run.collected());
                                }
                                return new Ran(script, run.result());
                              });
                    }));
  }

  /**
   * Fetches its newest commit and switches to it; a run under way goes on with the old one. A
   * folder is run in place; what runs for ever there begins anew.
   */
  public Future<PluginUpdate> update(String namespace, String repository) {
    return find(namespace, repository)
        .compose(
            script ->
                scheduler.here(
                    () -> {
                      Job job = scheduler.jobOf(script);
                      if (job.source() == null && job.problem().isEmpty()) {
                        throw notReady(job);
                      }
                      return scheduler
                          .update(script)
                          .onSuccess(
                              update -> {
                                scheduler.tryAgain(script);
                                // a stream sees by itself when its checkout was switched
                                if (update.equals(PluginUpdate.IN_PLACE)) {
                                  job.beginAnew();
                                }
                              });
                    }));
  }

  /** Its last runs, the newest first. */
  public Future<List<RememberedRun>> runs(String namespace, String repository) {
    return find(namespace, repository)
        .compose(script -> scheduler.here(() -> Future.succeededFuture(scheduler.runsOf(script))));
  }

  /** This time-out, or the longest that the host's owner allows where it is longer than that. */
  public Duration allowed(Duration timeout) {
    Duration most = policy.maxTimeout();
    return timeout.compareTo(most) < 0 ? timeout : most;
  }

  /** Which version of a plugin runs; any thread, comes back at once. */
  public PluginVersion version(Assignment.Script script) {
    return opener.version(script);
  }

  public Future<Void> enable(String namespace, String repository, boolean on) {
    return find(namespace, repository).compose(script -> scheduler.enable(script, on));
  }

  private static PluginCallException notReady(Job job) {
    return new PluginCallException(
        PluginCallException.Kind.NOT_READY,
        job.problem().isEmpty()
            ? "plugin is being cloned"
            : "plugin isn't ready: " + job.problem());
  }
}
