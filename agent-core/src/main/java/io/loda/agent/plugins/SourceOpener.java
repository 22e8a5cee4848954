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
import io.loda.agent.source.PluginRun;
import io.loda.agent.source.script.ScriptSource;
import io.loda.agent.source.script.StreamSource;
import io.loda.agent.source.script.kept.Keeper;
import io.loda.agent.source.script.run.ScriptRunner;
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

/** Makes the source of an assignment, whatever kind it is. On the scheduler's event loop. */
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

  /** How those that measure do. From any thread. */
  public RuntimeStatus runtime() {
    return new RuntimeStatus(scripts.cage(), sources.threadsLeftBehind());
  }

  /**
   * Opens one.
   *
   * @param notAsAsked is told of a plugin that runs in a version that came by another reference
   */
  public Future<MetricSource> open(Assignment assignment, Consumer<Assignment.Script> notAsAsked) {
    return assignment instanceof Assignment.Script script
        ? script(script, notAsAsked)
        : sources.open(assignment);
  }

  /** What is to be sent of one that can't be opened: of a plugin what a failed run sends. */
  public List<Batch> notOpened(Assignment assignment, String why) {
    return assignment instanceof Assignment.Script script
        ? ScriptSource.notStarted(script, why, discards)
        : List.of();
  }

  /** Fetches the newest commit of a script plugin, and switches to it. */
  Future<PluginUpdate> update(Assignment.Script script) {
    return isFolder(script)
        ? Future.succeededFuture(PluginUpdate.IN_PLACE)
        : repositories.update(script.namespace(), script.project(), address(script), script.ref());
  }

  /** Whether the version that is there is the one that is asked for; needs no server then. */
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
          script.stream()
              ? StreamSource.ofFolder(script, scripts, folder.normalize(), copy, trust, discards)
              : ScriptSource.ofFolder(script, scripts, folder.normalize(), copy, trust, discards));
    }
    return checkout(script)
        .map(
            checkout -> {
              if (!checkout.asAsked()) {
                notAsAsked.accept(script);
              }
              return script.stream()
                  ? StreamSource.ofCheckout(script, scripts, checkout.folder(), discards)
                  : ScriptSource.ofCheckout(
                      script,
                      scripts,
                      checkout.folder(),
                      commit -> repositories.begins(script.namespace(), script.project(), commit),
                      discards);
            });
  }

  /** Which version of a script plugin runs. */
  public PluginVersion version(Assignment.Script script) {
    return isFolder(script)
        ? PluginVersion.NONE
        : repositories.version(script.namespace(), script.project());
  }

  /**
   * Takes note of how a run ended.
   *
   * @return whether that brought the version before back
   */
  Future<Boolean> ran(Assignment.Script script, PluginRun run) {
    // one that somebody asked for may have had other parameters
    return run.type().equals("regular") && !run.commit().isEmpty() && !run.halted()
        ? repositories.ran(script.namespace(), script.project(), run.commit(), run.ok())
        : Future.succeededFuture(false);
  }

  /** Whether its version may still run, where the keyring may have changed. */
  Future<Boolean> mayRun(Assignment.Script script) {
    return isFolder(script)
        ? Future.succeededFuture(true)
        : repositories.mayRun(script.namespace(), script.project());
  }

  /** Takes note of a stream that has run well for a while: it may never end. */
  void ranWell(Assignment.Script script, String commit) {
    if (!commit.isEmpty()) {
      repositories.ran(script.namespace(), script.project(), commit, true);
    }
  }

  /** Ends what runs left running, but for that of these plugins. */
  public void keepOnly(Set<Keeper> keepers) {
    scripts
        .keepOnly(keepers)
        .onFailure(e -> LOG.warn("what runs left can't be ended: {}", e.toString()));
  }

  /** Deletes what is left of plugins that haven't been assigned for long. */
  void removeUnassigned(Set<String> assigned, Instant now) {
    repositories
        .removeUnassigned(assigned, now)
        .compose(scripts::forget)
        .onFailure(
            e ->
                LOG.warn(
                    "plugins that aren't assigned any more can't be deleted: {}", e.toString()));
  }

  private String address(Assignment.Script script) {
    return GitAddress.rewrite(script.git(), config.plugins().gitUrl());
  }
}
