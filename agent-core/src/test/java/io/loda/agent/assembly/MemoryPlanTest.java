package io.loda.agent.assembly;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.common.config.ConfigException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {

  /** What a JVM says of -Xmx96m and -Xmx256m with the options of bin/agent. */
  private static final long SMALL = 97_320_960L;

  private static final long GATEWAY = 267_649_024L;

  private static AgentConfig config(Map<String, String> keys) throws ConfigException {
    return new ConfigLoader(Path.of("/"), Map.of(), false).load(null, keys);
  }

  @Test
  void theDefaultsFitBothProfiles() throws ConfigException {
    for (long heap : new long[] {SMALL, GATEWAY}) {
      MemoryPlan plan = MemoryPlan.of(heap, config(Map.of()));
      assertThat(plan.budget().problem("")).isEmpty();
      assertThat(plan.bodies().capBytes()).isGreaterThanOrEqualTo(20 << 20);
      assertThat(plan.budget().shares()).hasSize(8);
    }
  }

  @Test
  void twoOutputsFitTheSmallProfile() throws ConfigException {
    MemoryPlan plan = MemoryPlan.of(SMALL, config(Map.of("outputs.second.type", "stdout")));
    assertThat(plan.delivery()).containsOnlyKeys("console", "second");
    assertThat(plan.budget().problem("")).isEmpty();
  }

  @Test
  void whatDoesNotFitIsSaidWithTheKeyToLower() throws ConfigException {
    MemoryPlan plan = MemoryPlan.of(SMALL, config(Map.of("delivery.memory", "80MiB")));
    assertThat(plan.budget().problem(""))
        .hasValueSatisfying(
            text -> assertThat(text).contains("delivery console 80 MiB (delivery.memory"));
  }
}
