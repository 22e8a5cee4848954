package io.loda.common.metric;

import java.util.List;

/** The keys of a metric as JSON, in any case: {@code Name} is {@code name}, as to a Go program. */
final class JsonKey {

  private static final List<String> KNOWN = List.of("name", "timestamp", "tags", "value");

  private JsonKey() {}

  /** As it is written here; any other key is itself. */
  static String of(String key) {
    for (String known : KNOWN) {
      if (known.equalsIgnoreCase(key)) {
        return known;
      }
    }
    return key;
  }
}
