package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.NsqConsumer;
import io.loda.common.testing.Nsqd;
import io.loda.common.testing.NsqdExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The main job: a registry's captured answers, a plugin from git, a real nsqd. */
@ExtendWith(NsqdExtension.class)
class MainJobIT {

  private static final Pattern LINE =
      Pattern.compile(
          "(?<name>[^, ]+)(,[^=, ]+=([^,= \\\\]|\\\\.)+)+ value=(-?[0-9.E-]+|true|false|\".*\")"
              + "(,[a-z_]+=-?[0-9.E-]+)* [0-9]{10}");

  @TempDir private Path folder;

  @Test
  void whatTheRegistryAssignsArrivesAtNsqd(Nsqd nsqd) throws Exception {
    String repository = bareRepository();
    try (NsqConsumer consumer = nsqd.consume("collect.web.shop.loda");
        NsqConsumer other = nsqd.consume("collect.pool.loda");
        RegistryDouble registry = new RegistryDouble(plugin(repository));
        AgentProcess agent =
            new AgentProcess(
                folder,
                registry.config(),
                "outputs { queue { type = nsq, servers = [\"" + nsqd.address() + "\"] } }")) {
      Faults.start(agent);
      await()
          .atMost(AgentProcess.PATIENCE)
          .untilAsserted(
              () -> {
                assertHas(consumer, "PLUGIN\\.own\\.answer,args=a-b,host=vm,user=.* value=42 .*");
                assertHas(consumer, "PORT\\.ssh\\.22,host=vm value=[01] .*");
                assertHas(consumer, "PROC\\.nsqd\\.procnum,host=vm value=[0-9]+ .*");
                assertHas(consumer, "cpu\\.idle,host=vm value=.*");
                assertHas(consumer, "mem\\.used\\.percent,host=vm value=.*");
                assertHas(
                    consumer,
                    "plugin\\.own,commit=[0-9a-f]{40},host=vm,result=ok,type=regular value=1,"
                        + "duration_ms=[0-9]+,exit_code=0,output_bytes=[0-9]+,points=1,refused=0,"
                        + "cpu_ms=[0-9]+,max_rss_kb=[0-9]+,skipped=0,late_ms=[0-9]+ .*");
              });
      assertThat(consumer.lines()).allMatch(line -> LINE.matcher(line).matches());
      // a host's measurements go to every namespace of the host
      await().untilAsserted(() -> assertHas(other, "cpu\\.idle,host=vm value=.*"));
      assertThat(registry.reports()).isNotEmpty();
      assertThat(registry.reports().get(0))
          .contains("\"newhostname\":\"vm\"", "\"agenttype\":\"loda-agent\"", "\"pool.loda\"");

      AgentProcess.Finished stop = agent.command("stop");
      assertThat(stop.exitCode()).as(stop.out()).isZero();
      assertThat(agent.exitCode()).isZero();
      assertThat(agent.leftBehind()).isEmpty();
      assertThat(agent.output()).isEmpty();
      agent.assertThatNoLoopWasBlocked();
      assertThat(agent.log()).doesNotContain(" ERROR ");
    }
  }

  private static void assertHas(NsqConsumer consumer, String pattern) {
    List<String> lines = consumer.lines();
    assertThat(lines).anyMatch(line -> line.matches(pattern));
  }

  private static String plugin(String repository) {
    return """
        {"measurement_type":"PLUGIN","name":"PLUGIN.own","git":"%s","interval":"10",
         "parameters":"a b"}
        """
        .formatted(repository);
  }

  /** A bare repository with a plugin on branch release, made with git as a user would. */
  private String bareRepository() throws IOException, InterruptedException {
    Path work = Files.createDirectory(folder.resolve("work"));
    Path plugin = work.resolve("plugin.sh");
    Files.writeString(
        plugin,
        """
        #!/bin/sh
        echo "[{\\"name\\":\\"answer\\",\\"timestamp\\":0,\\"tags\\":{\\"args\\":\\"$*\\",\
        \\"user\\":\\"$(id -un)\\"},\\"value\\":42}]"
        """);
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path bare = folder.resolve("plugin-answer.git");
    for (List<String> command :
        List.of(
            List.of("git", "init", "-q", "-b", "release", work.toString()),
            List.of("git", "-C", work.toString(), "add", "."),
            List.of(
                "git",
                "-C",
                work.toString(),
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.org",
                "commit",
                "-q",
                "-m",
                "plugin"),
            List.of("git", "clone", "-q", "--bare", work.toString(), bare.toString()))) {
      AgentProcess.Finished git = AgentProcess.run(command.toArray(new String[0]));
      assertThat(git.exitCode()).as(git.out()).isZero();
    }
    return "file://" + bare;
  }
}
