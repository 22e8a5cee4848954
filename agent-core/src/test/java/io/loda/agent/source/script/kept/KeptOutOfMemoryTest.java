package io.loda.agent.source.script.kept;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.cage.Leavings;
import io.loda.agent.source.script.cage.PluginRuns;
import io.loda.agent.source.script.cage.RunCommand;
import io.loda.agent.source.script.cage.ScratchFolders;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the kernel ends by itself, in a group that it limits; here the group is a folder. */
class KeptOutOfMemoryTest {

  @TempDir private Path folder;

  @Test
  void isSaidAndItsScratchFolderEmptied() throws Exception {
    Path group = Files.createDirectory(folder.resolve("agent-kept.1.1.a.1"));
    Files.writeString(group.resolve("cgroup.procs"), "");
    Files.writeString(group.resolve("memory.events"), "oom 1\noom_kill 1\n");
    Files.writeString(group.resolve("cgroup.events"), "populated 1\n");
    Path scratch = Files.createDirectories(folder.resolve("scratch/ns/demo"));
    Files.writeString(scratch.resolve("x"), "x");
    Path file = folder.resolve("kept");
    Files.writeString(file, "ns|demo\t" + group + "\tpath:/demo\n");
    KeptRuns kept = kept(file);
    kept.load();
    kept.look();
    assertThat(scratch).isNotEmptyDirectory();

    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(KeptRuns.class);
    Level level = logger.getLevel();
    logger.setLevel(Level.INFO);
    log.start();
    logger.addAppender(log);
    try {
      Files.writeString(group.resolve("cgroup.events"), "populated 0\n");
      kept.look();
    } finally {
      logger.detachAppender(log);
      logger.setLevel(level);
    }

    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly(
            "plugin ns|demo: ends the processes that its run left in "
                + group
                + ", as the kernel ended it: it took more than plugins.limits.memory");
    assertThat(kept.isEmpty()).isTrue();
    assertThat(scratch).isEmptyDirectory();
  }

  private KeptRuns kept(Path file) {
    AgentConfig.Plugins config = new PluginsConfig(folder).build();
    PluginUser user =
        new PluginUser(System.getProperty("user.name"), PluginUser.ownUid(), List.of(), "/", false);
    return new KeptRuns(
        new KeptFile(file),
        new KeptUse(
            config,
            PluginUsers.one(user),
            new ScratchFolders(folder.resolve("scratch")),
            new Leavings(List.of()),
            new PluginRuns(),
            new RunCommand(user, config.limits(), List.of())));
  }
}
