package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.ScriptPlugin;
import io.loda.agent.source.script.ScriptSource;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From the clone to the run: a repository's links lead to nothing outside of it. */
class LinkedPluginTest {

  private Path folder;
  private Path ran;
  private Path outside;
  private Vertx vertx;
  private TestRepository repository;
  private Checkouts checkouts;
  private ScriptRunner runner;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    ran = folder.resolve("ran");
    outside = Files.writeString(folder.resolve("outside.sh"), "#!/bin/sh\ntouch " + ran + "\n");
    Files.setPosixFilePermissions(outside, PosixFilePermissions.fromString("rwxr-xr-x"));
    repository = new TestRepository(folder, "demo");
    checkouts = new Checkouts(folder);
    vertx = Vertx.vertx();
    AgentConfig.Plugins config = new PluginsConfig(folder.resolve("plugins")).build();
    runner =
        new ScriptRunner(
            vertx,
            config,
            PluginUsers.one(new PluginUser("self", PluginUser.ownUid(), List.of(), "/", false)),
            () -> ScriptRunner.FOR_EVER,
            new Counters());
  }

  @AfterEach
  void close() {
    Checkouts.await(runner.close());
    Checkouts.await(vertx.close());
    checkouts.close();
    repository.close();
  }

  @ParameterizedTest
  @CsvSource({
    "plugin.sh, /etc/passwd",
    "plugin.sh, OUTSIDE",
    // out of the commit's folder, .versions/demo, .versions, ns and plugins
    "plugin.sh, ../../../../../outside.sh",
    "plugin, OUTSIDE",
    // a link to a link through a folder that is one
    "plugin.sh, first",
  })
  void linkOutOfTheCheckoutIsNotRun(String name, String target) throws Exception {
    link(name, target);
    link("first", "folder/outside.sh");
    link("folder", folder.toString());
    repository.pushAll("release");

    assertThat(run())
        .startsWith("start-failed: ")
        .contains("/" + name + ": expected a file below the plugin's folder, found a link to ");
    assertThat(ran).doesNotExist();
  }

  @Test
  void linkThatStaysInTheCheckoutIsRun() throws Exception {
    Path script = Files.createDirectory(repository.work.resolve("lib")).resolve("real.sh");
    Files.copy(outside, script);
    link("plugin.sh", "lib/../lib/real.sh");
    repository.pushAll("release");

    assertThat(run()).isEmpty();
    assertThat(ran).exists();
  }

  private void link(String name, String target) throws Exception {
    Files.createSymbolicLink(
        repository.work.resolve(name), Path.of(target.replace("OUTSIDE", outside.toString())));
  }

  /** What failed; empty: nothing. */
  private String run() {
    Assignment.Script assignment =
        new Assignment.Script(
            "ns",
            "demo",
            repository.address(),
            "demo",
            List.of(),
            Duration.ofSeconds(30),
            "",
            false,
            OutputFormat.AUTO,
            false);
    ScriptSource source =
        new ScriptSource(
            ScriptPlugin.inCheckout(
                assignment,
                runner,
                checkouts.checkout(repository.address()),
                commit -> {},
                new Discards(new Counters(), System::nanoTime)));
    return Checkouts.await(source.collect()).problem();
  }
}
