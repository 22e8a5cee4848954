package io.loda.server.http;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.loda.server.metric.Metric;
import java.util.List;

/** Formats metrics and errors as JSON. */
final class MetricText {

  private MetricText() {}

  static String metric(Metric metric) {
    StringBuilder json = new StringBuilder();
    append(json, metric);
    return json.toString();
  }

  static String list(List<Metric> metrics) {
    // allocate about the final length: a builder that grows takes three times as much
    int length = metrics.stream().mapToInt(metric -> 70 + metric.id().name().length()).sum();
    StringBuilder json = new StringBuilder(length).append('[');
    for (Metric metric : metrics) {
      if (json.length() > 1) {
        json.append(',');
      }
      append(json, metric);
    }
    return json.append(']').toString();
  }

  private static void append(StringBuilder json, Metric metric) {
    json.append("{\"id\":\"");
    JsonStringEncoder.getInstance().quoteAsString(metric.id().name(), json);
    json.append("\",\"type\":\"")
        .append(metric.id().kind().text())
        .append("\",\"")
        .append(metric.id().kind().field())
        .append("\":")
        .append(metric.number())
        .append('}');
  }

  /** Returns the body of an error. */
  static String error(int status, String message) {
    StringBuilder json = new StringBuilder().append("{\"code\":").append(status);
    json.append(",\"message\":\"");
    JsonStringEncoder.getInstance().quoteAsString(message, json);
    return json.append("\",\"details\":[]}").toString();
  }
}
