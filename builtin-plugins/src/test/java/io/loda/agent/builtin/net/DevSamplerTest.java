package io.loda.agent.builtin.net;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevSamplerTest {

  @Test
  void readsSensorsAndErrorCounters(@TempDir Path folder) throws IOException {
    FakeHost fake =
        new FakeHost(folder)
            .sys("class/hwmon/hwmon0/name", "coretemp\n")
            .sys("class/hwmon/hwmon0/temp1_input", "45500\n")
            .sys("class/hwmon/hwmon0/temp1_label", "Core 0\n")
            .sys("class/hwmon/hwmon0/temp2_input", "")
            .sys("class/hwmon/hwmon1/name", "nct\n")
            .sys("class/hwmon/hwmon1/fan1_input", "1200\n")
            .sys("block/sda/device/ioerr_cnt", "0x1f\n")
            .sys("devices/system/edac/mc/mc0/ce_count", "3\n")
            .sys("devices/system/edac/mc/mc0/ue_count", "0\n");

    assertThat(values(new DevSampler(fake.host()).collect()))
        .containsOnly(
            entry("dev.temperature{sensor=hwmon0.coretemp.Core 0}", 45.5),
            entry("dev.fan{sensor=hwmon1.nct.fan1}", 1200.0),
            entry("dev.disk.errors{device=sda}", 31.0),
            entry("dev.memory.corrected{device=mc0}", 3.0),
            entry("dev.memory.uncorrected{device=mc0}", 0.0));
  }

  @Test
  void saysNothingWithoutSensors(@TempDir Path folder) throws IOException {
    assertThat(new DevSampler(new FakeHost(folder).host()).collect()).isEmpty();
  }
}
