package io.loda.agent.builtin.host;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PressurePluginTest {

  @Test
  void givesTheAveragesOfEachResource(@TempDir Path folder) throws Exception {
    String some = "some avg10=0.40 avg60=0.74 avg300=0.86 total=7632968\n";
    FakeHost fake =
        new FakeHost(folder)
            .proc("pressure/cpu", some)
            .proc("pressure/memory", "full avg10=1.00 avg60=2.00 avg300=3.00 total=1\n")
            .proc("pressure/io", "");
    try (Sampler sampler = new PressurePlugin().open(fake.parameters())) {
      assertThat(values(sampler.collect()))
          .containsOnly(
              entry("pressure.cpu.some.avg10", 0.4),
              entry("pressure.cpu.some.avg60", 0.74),
              entry("pressure.cpu.some.avg300", 0.86),
              entry("pressure.memory.full.avg10", 1.0),
              entry("pressure.memory.full.avg60", 2.0),
              entry("pressure.memory.full.avg300", 3.0));
    }
  }

  @Test
  void saysWhatAKernelWithoutItNeeds(@TempDir Path folder) throws Exception {
    try (Sampler sampler = new PressurePlugin().open(new FakeHost(folder).parameters())) {
      assertThatThrownBy(sampler::collect)
          .isInstanceOf(IOException.class)
          .hasMessageEndingWith("the kernel is older than 4.20, or was started without psi=1");
    }
  }
}
