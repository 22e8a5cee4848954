package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TextCursor;
import io.loda.agent.builtin.kit.TwoDecimals;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.util.List;

/**
 * Measures how many files the host has open and may have open, from {@code /proc/sys/fs/file-nr}.
 */
final class FileHandleSampler implements Sampler {
  private final KernelText fileNr;

  FileHandleSampler(HostTrees host) {
    this.fileNr = KernelText.columns(host.proc().resolve("sys/fs/file-nr"));
  }

  @Override
  public List<Metric> collect() throws IOException {
    TextCursor text = fileNr.read();
    text.nextLine();
    long allocated = text.nextNumber();
    text.skip(1); // allocated but unused: always 0 since Linux 2.6
    long max = text.nextNumber();
    Points points = new Points();
    points.add("kernel.files.max", max);
    points.add("kernel.files.allocated", allocated);
    points.add("kernel.files.allocated.percent", TwoDecimals.percent(allocated, max));
    points.add("kernel.files.left", max - allocated);
    return points.list();
  }
}
