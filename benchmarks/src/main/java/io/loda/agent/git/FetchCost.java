package io.loda.agent.git;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.git.fetch.FetchUser;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.files.SafeFiles;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * The processor time, the agent's child and what it starts together, of a clone and of fetches that
 * find nothing new: {@code FetchCost [ADDRESS [N]]}. Without an address it makes a repository.
 */
public final class FetchCost {

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private static final int FETCHES = 10;

  /** Linux counts in hundredths of a second. */
  private static final int MILLIS_A_TICK = 10;

  private FetchCost() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory("fetch-cost");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    String address = arguments.length > 0 ? arguments[0] : repository(folder);
    int fetches = arguments.length > 1 ? Integer.parseInt(arguments[1]) : FETCHES;
    AgentConfig config =
        new ConfigLoader(folder, Map.of(), true)
            .load(null, Map.of("plugins.dir", folder.resolve("plugins").toString()));
    Vertx vertx = Vertx.vertx();
    AgentConfig.Plugins plugins = config.plugins();
    ScriptRunner runner =
        new ScriptRunner(
            vertx,
            plugins,
            PluginUsers.of(
                PluginUser.of(plugins, PluginUser.ownUid()), plugins, folder.resolve("data")),
            () -> Duration.ofDays(1),
            new Counters());
    PluginRepositories repositories =
        new PluginRepositories(
            vertx,
            plugins,
            place ->
                runner
                    .reservedUser("git-fetch " + place)
                    .map(own -> new FetchUser(own.id(), own::command, own::end)));
    measured("clone", () -> repositories.checkout("ns", "demo", address, ""));
    for (int i = 0; i < fetches; i++) {
      measured("nothing new", () -> repositories.update("ns", "demo", address, ""));
    }
    await(repositories.close());
    await(runner.close());
    await(vertx.close());
    SafeFiles.deleteTree(folder);
  }

  private static void measured(String what, Callable<Future<?>> fetch) throws Exception {
    long cpu = childrenMillis();
    long start = System.nanoTime();
    await(fetch.call());
    OUT.printf(
        "%-24s %5d ms of CPU, %5d ms%n",
        what, childrenMillis() - cpu, (System.nanoTime() - start) / 1_000_000);
  }

  /** User and system time of the children that have ended. */
  private static long childrenMillis() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) * MILLIS_A_TICK;
  }

  private static void await(Future<?> future) {
    future.toCompletionStage().toCompletableFuture().orTimeout(2, TimeUnit.MINUTES).join();
  }

  private static String repository(Path folder) throws IOException, InterruptedException {
    Path work = Files.createDirectory(folder.resolve("demo"));
    Files.writeString(work.resolve("plugin.sh"), "echo '[]'\n");
    String git = "git -c user.name=b -c user.email=b@example.com ";
    Process made =
        new ProcessBuilder(
                "sh", "-ec", "git init -q; git add -A; " + git + "commit -q --no-gpg-sign -m one")
            .directory(work.toFile())
            .inheritIO()
            .start();
    if (made.waitFor() != 0) {
      throw new IOException("git made no repository in " + work);
    }
    return "file://" + work;
  }
}
