package io.loda.common.metric;

/** The valid names of metrics, by the wire contract: {@code [-_.a-zA-Z0-9]+}. */
public final class MetricName {

  private MetricName() {}

  /** Returns the problem of a name; empty: none. */
  public static String problem(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_'
              || c == '.';
      if (!plain) {
        return "name: expected only 0-9 a-z A-Z - _ ., found \""
            + PointLimits.shown(name).replaceAll("\\p{Cntrl}", "?")
            + '"';
      }
    }
    return "";
  }
}
