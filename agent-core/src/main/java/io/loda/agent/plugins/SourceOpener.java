package io.loda.agent.plugins;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.git.PluginCheckout;
import io.loda.agent.git.PluginRepositories;
import io.loda.agent.git.PluginUpdate;
import io.loda.agent.git.PluginVersion;
import io.loda.agent.source.Batch;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.MetricSources;
import io.loda.agent.source.script.ScriptPlugin;
import io.loda.agent.source.script.ScriptSource;
import io.loda.agent.source.script.StreamSource;
import io.loda.agent.source.script.kept.Keeper;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.common.files.FileReason;
import io.loda.common.files.Trust;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the source of an assignment of any kind. On the scheduler's event loop. */
public final class SourceOpener {

  private static final Logger LOG = LoggerFactory.getLogger(SourceOpener.class);

  private final AgentConfig config;
  private final MetricSources sources;
  private final ScriptRunner scripts;
  private final PluginRepositories repositories;
  private final Discards discards;

  public SourceOpener(
      AgentConfig config,
      MetricSources sources,
      ScriptRunner scripts,
      PluginRepositories repositories,
      Discards discards) {
    this.config = config;
    this.sources = sources;
    this.scripts = scripts;
    this.repositories = repositories;
    this.discards = discards;
  }

  /** The state of what runs plugins and probes; any thread. */
  public RuntimeStatus runtime() {
    return new RuntimeStatus(scripts.cage(), sources.threadsLeftBehind());
  }

  /**
   * Opens the source of an assignment.
   *
   * @param notAsAsked called with a plugin whose version in force is of another reference
   */
  public Future<MetricSource> open(Assignment assignment, Consumer<Assignment.Script> notAsAsked) {
    return assignment instanceof Assignment.Script script
        ? script(script, notAsAsked)
        : sources.open(assignment);
  }

  /** The alarm for one that can't be opened: that of a failed run for a plugin, else nothing. */
  public List<Batch> notOpened(Assignment assignment, String why) {
    return assignment instanceof Assignment.Script script
        ? ScriptSource.notStarted(script, why, discards)
        : List.of();
  }

  /** Fetches the newest commit of a script plugin and switches to it. */
  Future<PluginUpdate> update(Assignment.Script script) {
    return isFolder(script)
        ? Future.succeededFuture(PluginUpdate.IN_PLACE)
        : repositories.update(script.namespace(), script.project(), address(script), script.ref());
  }

  /** Returns whether the version in force is of the reference that the item asks for. */
  Future<Boolean> isAsAsked(Assignment.Script script) {
    return isFolder(script)
        ? Future.succeededFuture(true)
        : checkout(script).map(PluginCheckout::asAsked);
  }

  private Future<PluginCheckout> checkout(Assignment.Script script) {
    return repositories.checkout(
        script.namespace(), script.project(), address(script), script.ref());
  }

  private static boolean isFolder(Assignment.Script script) {
    return script.git().startsWith(GitAddress.PATH);
  }

  private Future<MetricSource> script(
      Assignment.Script script, Consumer<Assignment.Script> notAsAsked) {
    if (isFolder(script)) {
      Path folder = config.host().home().resolve(script.git().substring(GitAddress.PATH.length()));
      Path copy =
          config
              .plugins()
              .dir()
              .resolve(".copies")
              .resolve(script.namespace())
              .resolve(script.project());
      Trust trust = config.plugins().pathTrust();
      return Future.succeededFuture(
          source(
              ScriptPlugin.inFolder(script, scripts, folder.normalize(), copy, trust, discards)));
    }
    return checkout(script)
        .map(
            checkout -> {
              if (!checkout.asAsked()) {
                notAsAsked.accept(script);
              }
              return source(
                  ScriptPlugin.inCheckout(
                      script,
                      scripts,
                      checkout.folder(),
                      commit -> {
                        if (!script.stream()) {
                          repositories.begins(script.namespace(), script.project(), commit);
                        }
                      },
                      discards));
            });
  }

  private static MetricSource source(ScriptPlugin plugin) {
    return plugin.assignment().stream() ? new StreamSource(plugin) : new ScriptSource(plugin);
  }

  public PluginVersion version(Assignment.Script script) {
    return isFolder(script)
        ? PluginVersion.NONE
        : repositories.version(script.namespace(), script.project());
  }

  /**
   * Notes the result of a run.
   *
   * @return whether it caused a rollback to the version before
   */
  Future<Boolean> ran(Assignment.Script script, RunResult run) {
    // a run by hand may have had other parameters
    String commit = run.occasion().commit();
    return !run.occasion().byHand() && !commit.isEmpty() && !run.halted()
        ? repositories.ran(script.namespace(), script.project(), commit, run.ok())
        : Future.succeededFuture(false);
  }

  /** Returns whether its version may still run, as the keyring may have changed. */
  Future<Boolean> mayRun(Assignment.Script script) {
    return isFolder(script)
        ? Future.succeededFuture(true)
        : repositories.mayRun(script.namespace(), script.project());
  }

  /** Notes that a stream has run well for a while: it may never end. */
  void ranWell(Assignment.Script script, String commit) {
    if (!commit.isEmpty()) {
      repositories.ran(script.namespace(), script.project(), commit, true);
    }
  }

  /** Ends processes that runs left behind, except those of these plugins. */
  public void keepOnly(Set<Keeper> keepers) {
    scripts
        .keepOnly(keepers)
        .onFailure(e -> LOG.warn("kept processes: end failed: {}", FileReason.of(e)));
  }

  /** Deletes what plugins left that haven't been assigned for long. */
  void removeUnassigned(Set<String> assigned, Instant now) {
    repositories
        .removeUnassigned(assigned, now)
        .compose(scripts::forget)
        .onFailure(
            e -> LOG.warn("removed plugins: delete of their folders failed: {}", FileReason.of(e)));
  }

  private String address(Assignment.Script script) {
    return GitAddress.rewrite(script.git(), config.plugins().gitUrl());
  }
}
