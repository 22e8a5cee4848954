package com.example.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class JvmPluginTest {

  @Test
  void isFoundByTheServiceLoader() {
    assertThat(ServiceLoader.load(MetricPlugin.class))
        .extracting(MetricPlugin::name)
        .contains("jvm");
  }

  @Test
  void measuresThisJvm() throws Exception {
    assertThat(new JvmPlugin().open(Map.of()).collect())
        .extracting(Metric::name)
        .containsExactly("heap.used", "threads");
  }
}
