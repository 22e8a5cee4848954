package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plugin that can't be fetched fails like one that is there and fails: somebody is alarmed. */
class UnfetchablePluginTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void saysSoAtItsIntervalUntilItIsThere(@TempDir Path temporary) throws Exception {
    TestFolder folder = new TestFolder(temporary);
    String nowhere = "file://" + temporary + "/repositories/none/p.git";
    folder.registry(
        "ns1",
        """
        [{"measurement_type":"PLUGIN","name":"PLUGIN.p","git":"%s","interval":"1"},
         {"measurement_type":"PLUGIN","name":"PLUGIN.q","git":"%s","mode":"stream","interval":"1"}]"""
            .formatted(nowhere, nowhere.replace("/p.git", "/q.git")));
    try (ServerFixture agent = ServerFixture.start(folder, "plugins.min-interval", "1s")) {
      List<String> points = new ArrayList<>();
      for (String plugin : List.of("p", "q")) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  points.addAll(agent.points());
                  assertThat(points)
                      .filteredOn(point -> point.contains("plugin." + plugin + ","))
                      .hasSizeGreaterThanOrEqualTo(2)
                      .allMatch(point -> point.contains("result=start-failed"))
                      .allMatch(point -> point.contains("type=regular"))
                      .allMatch(point -> point.contains("value=0"));
                  assertThat(points)
                      .anyMatch(
                          point ->
                              point.contains("exception.monitor.loda plugin.result,")
                                  && point.contains("name=none/" + plugin));
                });
      }

      agent.get("/plugins/disable?ns=ns1&repo=" + nowhere);
      assertThat(agent.get("/plugins/list").body()).contains("ns1|p enabled:false");
    }
  }
}
