package io.loda.agent.git;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.fetch.FetchClasses;
import io.loda.agent.git.fetch.FetchLibrary;
import io.loda.agent.git.fetch.FetchUser;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.files.SafeFiles;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** For tests: the users of children that fetch, as a whole agent gives them; none without root. */
public final class OwnFetchUsers {

  public static final boolean ROOT = System.getProperty("user.name").equals("root");

  /** Other test runs on the machine have other ones, and others of this run too. */
  private static final long FIRST = 40_000 + ProcessHandle.current().pid() % 1_800 * 10;

  private static final AtomicInteger MADE = new AtomicInteger();

  /** As the agent's are, but on this JVM's class path, and readable for those users. */
  static final FetchClasses CLASSES = classes();

  private OwnFetchUsers() {}

  /** Users of their own, as long as this one's runner isn't closed. */
  public static FetchUser.Source of(ScriptRunner runner) {
    return place ->
        runner
            .reservedUser("git-fetch " + place)
            .map(own -> new FetchUser(own.id(), own::command, own::end));
  }

  public static ScriptRunner runner(Vertx vertx, Path folder) {
    long first = FIRST + MADE.getAndIncrement() % 5 * 2L;
    AgentConfig.Plugins config =
        new PluginsConfig(folder.resolve("plugins")).userIds(first, first + 1).build();
    try {
      return new ScriptRunner(
          vertx,
          config,
          PluginUsers.of(PluginUser.of(config, PluginUser.ownUid()), config, folder),
          () -> Duration.ofMinutes(1),
          new Counters());
    } catch (PluginUser.BadUser e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets everybody go to a test's folder, which is made where there is none. */
  public static Path reachable(Path folder) {
    try {
      Files.createDirectories(folder);
      for (Path path = folder; path != null && isOurs(path); path = path.getParent()) {
        int mode = (Integer) Files.getAttribute(path, "unix:mode");
        if ((mode & 01) == 0) {
          Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx--x--x"));
        }
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOurs(Path path) {
    return !path.equals(Path.of(System.getProperty("java.io.tmpdir")))
        && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        && path.startsWith(System.getProperty("java.io.tmpdir"));
  }

  private static FetchClasses classes() {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    FetchClasses own = new FetchClasses(classPath, List.of());
    if (!ROOT) {
      return own;
    }
    try {
      Path folder = reachable(Files.createTempDirectory("fetch-classes"));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return new FetchLibrary(own, folder.resolve("lib")).readable();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try {
      SafeFiles.deleteTree(folder);
    } catch (IOException e) {
      // a temporary one
    }
  }
}
