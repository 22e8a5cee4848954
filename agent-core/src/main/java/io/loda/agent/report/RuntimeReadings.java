package io.loda.agent.report;

import com.sun.management.GarbageCollectorMXBean;
import com.sun.management.GcInfo;
import com.sun.management.ThreadMXBean;
import io.loda.common.profile.ClassHistogram;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the memory of this process under the 27 customary names; docs/metrics-server.md has the
 * source of each. Numbers that a JVM doesn't have are 0. One thread at a time.
 */
final class RuntimeReadings {

  private static final List<String> NONE =
      List.of(
          "BuckHashSys",
          "GCSys",
          "HeapReleased",
          "Lookups",
          "MCacheInuse",
          "MCacheSys",
          "MSpanInuse",
          "MSpanSys",
          "NumForcedGC");

  private static final double NANOS_A_MILLI = 1_000_000;
  private static final long STACK_BYTES = 512 * 1024;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final List<GarbageCollectorMXBean> collectors =
      ManagementFactory.getPlatformMXBeans(GarbageCollectorMXBean.class);
  private final List<BufferPoolMXBean> buffers =
      ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);
  private final double objectBytes = ClassHistogram.meanObjectBytes(ClassHistogram.text());

  /** The allocated bytes of each thread at the last reading. */
  private final Map<Long, Long> allocated = new HashMap<>();

  /** The bytes allocated by all threads, also by those that have ended. */
  private long totalAllocated;

  void read(Readings readings) {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    long used = heap.getUsed();
    for (String name : List.of("Alloc", "HeapAlloc", "HeapInuse")) {
      whole(readings, name, used);
    }
    whole(readings, "HeapIdle", heap.getCommitted() - used);
    whole(readings, "HeapSys", heap.getCommitted());
    whole(readings, "NextGC", heap.getCommitted());

    countAllocated();
    double objects = Math.floor(used / objectBytes);
    double mallocs = Math.max(objects, Math.floor(totalAllocated / objectBytes));
    whole(readings, "TotalAlloc", totalAllocated);
    readings.gauge("Mallocs", mallocs);
    readings.gauge("HeapObjects", objects);
    readings.gauge("Frees", mallocs - objects);

    long stacks = threads.getThreadCount() * STACK_BYTES;
    long other =
        ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getCommitted()
            + buffers.stream().mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
    whole(readings, "StackInuse", stacks);
    whole(readings, "StackSys", stacks);
    whole(readings, "OtherSys", other);
    whole(readings, "Sys", heap.getCommitted() + stacks + other);
    collections(readings);
    NONE.forEach(name -> readings.gauge(name, 0));
  }

  private void collections(Readings readings) {
    long count = 0;
    long millis = 0;
    long last = 0;
    for (GarbageCollectorMXBean collector : collectors) {
      count += Math.max(0, collector.getCollectionCount());
      millis += Math.max(0, collector.getCollectionTime());
      GcInfo info = collector.getLastGcInfo();
      last = info == null ? last : Math.max(last, info.getEndTime());
    }
    long start = ManagementFactory.getRuntimeMXBean().getStartTime();
    long uptime = Math.max(1, ManagementFactory.getRuntimeMXBean().getUptime());
    whole(readings, "NumGC", count);
    readings.gauge("PauseTotalNs", (double) millis * NANOS_A_MILLI);
    readings.gauge("GCCPUFraction", (double) millis / uptime);
    readings.gauge("LastGC", last == 0 ? 0 : (double) (start + last) * NANOS_A_MILLI);
  }

  private static void whole(Readings readings, String name, long number) {
    readings.gauge(name, (double) number);
  }

  private void countAllocated() {
    long[] ids = threads.getAllThreadIds();
    long[] bytes = threads.getThreadAllocatedBytes(ids);
    Map<Long, Long> now = new HashMap<>();
    for (int i = 0; i < ids.length; i++) {
      if (bytes[i] >= 0) {
        now.put(ids[i], bytes[i]);
        totalAllocated += Math.max(0, bytes[i] - allocated.getOrDefault(ids[i], 0L));
      }
    }
    allocated.clear();
    allocated.putAll(now);
  }
}
