package io.loda.agent.builtin.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TwoDecimals;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads {@code /sys}: temperatures and fans of {@code class/hwmon}, error counters of SCSI disks
 * and of memory controllers. A virtual machine mostly has none of them.
 */
public final class DevSampler implements Sampler {

  /** The kernel's bound on an attribute, with the smallest pages. */
  private static final int PAGE_BYTES = 4096;

  private final Path sys;

  public DevSampler(HostTrees host) {
    this.sys = host.sys();
  }

  @Override
  public List<Metric> collect() throws IOException {
    Points points = new Points();
    for (Path chip : entries(sys.resolve("class/hwmon"), "hwmon*")) {
      addSensors(chip, "temp*_input", "dev.temperature", 1000, points);
      addSensors(chip, "fan*_input", "dev.fan", 1, points);
    }
    for (Path disk : entries(sys.resolve("block"), "*")) {
      number(disk.resolve("device/ioerr_cnt"))
          .ifPresent(n -> points.add("dev.disk.errors", n, "device", name(disk)));
    }
    for (Path controller : entries(sys.resolve("devices/system/edac/mc"), "mc[0-9]*")) {
      number(controller.resolve("ce_count"))
          .ifPresent(n -> points.add("dev.memory.corrected", n, "device", name(controller)));
      number(controller.resolve("ue_count"))
          .ifPresent(n -> points.add("dev.memory.uncorrected", n, "device", name(controller)));
    }
    return points.list();
  }

  private static void addSensors(Path chip, String files, String metric, double unit, Points points)
      throws IOException {
    for (Path input : entries(chip, files)) {
      OptionalLong value = number(input);
      if (value.isPresent()) {
        String sensor = name(chip) + "." + text(chip.resolve("name")) + "." + label(input);
        points.add(metric, TwoDecimals.cut(value.getAsLong() / unit), "sensor", sensor);
      }
    }
  }

  /** Returns the driver's label ({@code Core 0}), or the input's name ({@code temp1}). */
  private static String label(Path input) {
    String plain = name(input).replace("_input", "");
    String label = text(input.resolveSibling(plain + "_label"));
    return label.isEmpty() ? plain : label;
  }

  private static OptionalLong number(Path file) {
    try {
      return OptionalLong.of(Long.decode(text(file)));
    } catch (NumberFormatException e) {
      return OptionalLong.empty(); // not there, or a sensor that has nothing to say now
    }
  }

  private static String text(Path file) {
    try {
      return new String(KernelText.head(file, PAGE_BYTES), UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  private static List<Path> entries(Path folder, String glob) throws IOException {
    List<Path> entries = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
        stream.forEach(entries::add);
      }
    }
    Collections.sort(entries);
    return entries;
  }
}
