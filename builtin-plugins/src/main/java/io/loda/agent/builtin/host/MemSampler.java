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
 * Measures memory from {@code /proc/meminfo}.
 *
 * <p>Each figure is cut to whole MiB before percentages are computed, as in existing series.
 */
final class MemSampler implements Sampler {
  private static final long UNKNOWN = -1;

  private final KernelText memInfo;
  private final boolean detail;

  MemSampler(HostTrees host, boolean detail) {
    this.memInfo = KernelText.keyed(host.proc().resolve("meminfo"));
    this.detail = detail;
  }

  @Override
  public List<Metric> collect() throws IOException {
    long total = 0;
    long unused = 0;
    long available = UNKNOWN;
    long buffers = 0;
    long cached = 0;
    long swapTotal = 0;
    long swapFree = 0;
    TextCursor text = memInfo.read();
    while (text.nextLine() && text.nextField()) {
      if (text.is("MemTotal")) {
        total = mebibytes(text);
      } else if (text.is("MemFree")) {
        unused = mebibytes(text);
      } else if (text.is("MemAvailable")) {
        available = mebibytes(text);
      } else if (text.is("Buffers")) {
        buffers = mebibytes(text);
      } else if (text.is("Cached")) {
        cached = mebibytes(text);
      } else if (text.is("SwapTotal")) {
        swapTotal = mebibytes(text);
      } else if (text.is("SwapFree")) {
        swapFree = mebibytes(text);
      }
    }
    // kernels before 3.14 don't report available memory; this is the usual estimate
    long free = available == UNKNOWN ? unused + buffers + cached : available;
    long used = total - free;
    Points points = new Points();
    points.add("mem.total", total);
    points.add("mem.used", used);
    points.add("mem.free", free);
    points.add("mem.used.percent", TwoDecimals.percent(used, total));
    points.add("mem.buffers", buffers);
    points.add("mem.cached", cached);
    points.add("mem.swap.used.percent", TwoDecimals.percent(swapTotal - swapFree, swapTotal));
    if (detail && available != UNKNOWN) {
      points.add("mem.available", available);
    }
    return points.list();
  }

  private static long mebibytes(TextCursor text) {
    return text.nextNumber() / 1024;
  }
}
