package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TextCursor;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * {@code PRESSURE}: the share of time in percent in which processes waited for processors, memory
 * or disks: {@code pressure.<resource>.<some|full>.avg<10|60|300>}.
 *
 * <p>The contract doesn't have it, so it runs only where it is assigned. Needs Linux 4.20, and with
 * some distributions {@code psi=1} on the kernel's command line.
 */
public final class PressurePlugin implements MetricPlugin {
  private static final List<String> RESOURCES = List.of("cpu", "memory", "io");

  @Override
  public String name() {
    return "PRESSURE";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    Path pressure = new ItemFields(parameters).host().proc().resolve("pressure");
    return () -> collect(pressure);
  }

  private static List<Metric> collect(Path pressure) throws IOException {
    if (!Files.isDirectory(pressure)) {
      throw new IOException(
          "no " + pressure + ": the kernel is older than 4.20, or was started without psi=1");
    }
    Points points = new Points();
    for (String resource : RESOURCES) {
      TextCursor text = KernelText.columns(pressure.resolve(resource)).read();
      while (text.nextLine() && text.nextField()) {
        String kind = text.text();
        while (text.nextField() && text.startsWith("avg")) {
          String field = text.text();
          int equals = field.indexOf('=');
          points.add(
              "pressure." + resource + "." + kind + "." + field.substring(0, equals),
              Double.parseDouble(field.substring(equals + 1)));
        }
      }
    }
    return points.list();
  }
}
