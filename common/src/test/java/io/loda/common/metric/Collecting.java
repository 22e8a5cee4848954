package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a reader finds. */
public final class Collecting implements MetricHandler {

  public final List<Metric> metrics = new ArrayList<>();
  public final List<String> refused = new ArrayList<>();

  /** The items of a list. */
  public static Collecting ofJson(byte[] json) throws IOException {
    Collecting collecting = new Collecting();
    JsonMetricReader.ofOutput()
        .read(json, 0, json.length, new MetricBuilder(collecting::metric), collecting::refused);
    return collecting;
  }

  static Collecting of(LineReader reader, String text) {
    return of(reader, text.getBytes(UTF_8));
  }

  static Collecting of(LineReader reader, byte[] text) {
    Collecting collecting = new Collecting();
    reader.read(text, 0, text.length, 1, collecting);
    return collecting;
  }

  @Override
  public void metric(Metric metric) {
    metrics.add(metric);
  }

  @Override
  public void refused(String reason) {
    refused.add(reason);
  }
}
