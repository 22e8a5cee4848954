package io.loda.agent.builtin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The list of measurements says all that is measured. */
class MeasurementsTest {
  private static final String LIST = "/META-INF/agent/measurements.tsv";

  /** A measurement as the list has it. */
  private record Row(String type, String name, Set<String> tags) {}

  private static List<Row> rows() throws IOException {
    try (InputStream in = MeasurementsTest.class.getResourceAsStream(LIST)) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t", -1))
          .peek(columns -> assertThat(columns).hasSize(5))
          .map(c -> new Row(c[0], c[1], Set.of(c[2].split(",", -1))))
          .toList();
    }
  }

  @Test
  void namesEveryType() throws IOException {
    assertThat(rows().stream().map(Row::type).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(
            ServiceLoader.load(MetricPlugin.class).stream().map(p -> p.get().name()).toList());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void namesWhatThisMachineGives(@TempDir Path state) throws Exception {
    List<Row> rows = rows();
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Map<String, String> item = new HashMap<>();
      item.put("name", "<name>");
      item.put("detail", "true");
      item.put("port", Integer.toString(server.getLocalPort()));
      item.put("protocol", "tcp");
      item.put("bin_path", "/bin/none");
      item.put("file_path", "/none");
      item.put("pattern", "x");
      item.put("agent.state-dir", state.toString());
      item.put("agent.interfaces", "lo,eth,en");
      for (MetricPlugin plugin : ServiceLoader.load(MetricPlugin.class)) {
        if (List.of("PRESSURE", "CGROUP").contains(plugin.name())) {
          continue; // not every kernel has it
        }
        try (Sampler sampler = plugin.open(item)) {
          for (Metric metric : sampler.collect()) {
            assertThat(rows)
                .anySatisfy(
                    row -> {
                      assertThat(row.type()).isEqualTo(plugin.name());
                      assertThat(row.name()).isEqualTo(metric.name());
                      assertThat(row.tags()).containsAll(metric.tags().keySet());
                    });
          }
        }
      }
    }
  }
}
