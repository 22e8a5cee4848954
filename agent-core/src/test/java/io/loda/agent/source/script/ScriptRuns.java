package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.Cancellation;
import io.loda.agent.source.script.run.RunRequest;
import io.loda.agent.source.script.run.RunTurn;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Plugins of a test, and a runner for them. */
public final class ScriptRuns implements AutoCloseable {

  public static final boolean ROOT = PluginUser.ownUid() == 0;

  /** Tells what hangs from what doesn't. */
  public static final Duration DEADLINE = Duration.ofSeconds(60);

  final Path folder;

  /** With one loop, which is there from the first run on: threads are counted. */
  final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

  public final Counters counters = new Counters();
  public final ScriptRunner runner;
  public final PluginUser user;
  private final String marker = UUID.randomUUID().toString();

  /**
   * Starts a runner.
   *
   * @param folder a test's temporary one; the plugins' user is let in
   */
  public ScriptRuns(Path folder) throws Exception {
    this(folder, new PluginsConfig(folder.resolve("data")));
  }

  public ScriptRuns(Path folder, PluginsConfig config) throws Exception {
    this(folder, config, RunGroups.limited(GroupLimits.NONE));
  }

  public ScriptRuns(Path folder, PluginsConfig config, RunGroups groups) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    this.folder = folder;
    config.env("TEST_RUN", marker);
    this.user = PluginUser.of(config.build(), PluginUser.ownUid());
    this.runner =
        new ScriptRunner(
            vertx,
            config.build(),
            PluginUsers.of(user, config.build(), folder.resolve("data")),
            () -> ScriptRunner.FOR_EVER,
            groups,
            counters);
  }

  /** A plugin's folder with a {@code plugin.sh} of these lines. */
  public Path plugin(String... lines) throws IOException {
    Path plugin = Files.createDirectory(folder.resolve("plugin-" + UUID.randomUUID()));
    write(plugin.resolve("plugin.sh"), "#!/bin/sh", lines);
    return plugin;
  }

  public static void write(Path file, String interpreter, String... lines) throws IOException {
    Files.writeString(file, interpreter + "\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A folder that plugins may write to. */
  public Path scratch() throws IOException {
    Path scratch = Files.createDirectories(folder.resolve("scratch"));
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxrwxrwx"));
    return scratch;
  }

  public RunResult run(Path plugin, String... arguments) {
    return run(plugin, Duration.ofSeconds(30), arguments);
  }

  public RunResult run(Path plugin, Duration timeout, String... arguments) {
    return await(start(plugin, timeout, arguments));
  }

  Future<RunResult> start(Path plugin, Duration timeout, String... arguments) {
    return start("demo", plugin, timeout, arguments);
  }

  /** A run that isn't waited for, of a project of its own. */
  Future<RunResult> start(String project, Path plugin, Duration timeout, String... arguments) {
    return runner.run(
        () -> plugin,
        dueNow("my.ns", project, List.of(arguments), Duration.ofSeconds(10), timeout),
        OutputFormat.AUTO);
  }

  /** A run that nobody cancels, and that is due now. */
  public static RunRequest dueNow(
      String namespace, String name, List<String> arguments, Duration interval, Duration timeout) {
    return new RunRequest(
        namespace, name, name, arguments, interval, timeout, new Cancellation(), RunTurn.now(), "");
  }

  /** Beside runs of other projects: with a scratch folder of its own. */
  RunResult run(String project, Path plugin, Duration timeout) {
    return await(start(project, plugin, timeout));
  }

  /** Runs a plugin of these lines. */
  public RunResult script(String... lines) throws IOException {
    return run(plugin(lines));
  }

  public static <T> T await(Future<T> future) {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS)
        .join();
  }

  /** What runs of this runner are there still. */
  public List<String> alive() {
    return aliveWith("TEST_RUN=" + marker);
  }

  /** Those of one project. */
  List<String> alive(String project) {
    return aliveWith("TEST_RUN=" + marker, "PLUGIN_NAME=" + project + '\0');
  }

  private static List<String> aliveWith(String... variables) {
    List<String> alive = new ArrayList<>();
    ProcessStat.forEach(
        (process, stat) -> {
          try {
            String environment = Files.readString(process.resolve("environ"), ISO_8859_1);
            if (!stat.ended() && Stream.of(variables).allMatch(environment::contains)) {
              alive.add(
                  process + " " + Files.readString(process.resolve("cmdline")).replace('\0', ' '));
            }
          } catch (IOException e) {
            // it ended meanwhile, or isn't of these
          }
        });
    return alive;
  }

  @Override
  public void close() {
    await(runner.close());
    await(vertx.close());
  }
}
