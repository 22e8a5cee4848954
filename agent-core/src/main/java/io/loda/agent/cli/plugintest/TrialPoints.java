package io.loda.agent.cli.plugintest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.common.metric.FieldText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds warnings about a plugin's points for its author. */
final class TrialPoints {

  /** InfluxDB refuses a longer key: a point's name, its tags and a field's name. */
  private static final int LONGEST_KEY = 65_535;

  /** The bytes between the series and the field in such a key. */
  private static final int FIELD_SEPARATOR = 4;

  private static final int SHOWN = 60;

  private TrialPoints() {}

  static List<String> warnings(List<Batch> batches, String hostname) {
    List<String> warnings = new ArrayList<>();
    for (Batch batch : batches) {
      for (Metric metric : batch.metrics()) {
        strings(batch.prefix(), metric, warnings);
        key(batch.prefix(), metric, hostname, warnings);
      }
    }
    return warnings;
  }

  private static void strings(String prefix, Metric metric, List<String> warnings) {
    metric
        .fields()
        .forEach(
            (field, value) -> {
              if (value instanceof String text
                  && FieldText.meaning(text) != null
                  && !text.startsWith("\"")) {
                warnings.add(
                    shown(prefix + metric.name())
                        + ": "
                        + shown(field)
                        + " is the string \""
                        + shown(text)
                        + "\", which is sent as a number or boolean, as the router writes it "
                        + "(outputs.<name>.strings): print it without quotes, or as a"
                        + " tag");
              }
            });
  }

  private static void key(String prefix, Metric metric, String hostname, List<String> warnings) {
    int bytes = bytes(prefix) + bytes(metric.name()) + bytes(",host=") + bytes(hostname);
    for (Map.Entry<String, String> tag : metric.tags().entrySet()) {
      bytes += 2 + bytes(tag.getKey()) + bytes(tag.getValue());
    }
    int field = metric.fields().keySet().stream().mapToInt(TrialPoints::bytes).max().orElse(0);
    bytes += FIELD_SEPARATOR + field;
    if (bytes > LONGEST_KEY) {
      warnings.add(
          shown(prefix + metric.name())
              + ": its name, tags and longest field's name have "
              + bytes
              + " bytes; InfluxDB refuses a point with more than "
              + LONGEST_KEY);
    }
  }

  /** Returns the bytes in line protocol, which escapes separators with a backslash. */
  private static int bytes(String text) {
    return text.getBytes(UTF_8).length
        + (int) text.chars().filter(c -> c == ',' || c == '=' || c == ' ').count();
  }

  private static String shown(String text) {
    return text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
  }
}
