package io.loda.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.http.BadCall;
import io.loda.server.metric.BadMetric;
import io.loda.server.metric.Kind;
import io.loda.server.metric.MetricId;
import io.loda.server.store.MetricStore.Listed;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Formats metrics as an HTML table, a thousand on a page. Escapes names. */
final class Page {

  static final int METRICS = 1_000;

  private static final String HEAD =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Metrics</title>"
          + "<style>body{font-family:sans-serif}td,th{padding:0 1em;text-align:left}"
          + "td.n{text-align:right;font-variant-numeric:tabular-nums}</style></head><body>"
          + "<h1>Metrics</h1>\n<table><tr><th>Name<th>Type<th>Value<th>Age</tr>\n";

  private Page() {}

  /**
   * Returns the metric after which a page begins, from a link; null: the first page.
   *
   * @throws BadCall when the link is invalid
   */
  static @Nullable MetricId after(@Nullable String link) {
    if (link == null) {
      return null;
    }
    int colon = link.indexOf(':');
    try {
      return new MetricId(
          Kind.named(colon < 0 ? "" : link.substring(0, colon))
              .orElseThrow(() -> new BadMetric("expected gauge:NAME or counter:NAME")),
          link.substring(colon + 1));
    } catch (BadMetric e) {
      throw new BadCall("after: " + e.getMessage());
    }
  }

  /**
   * Returns a page.
   *
   * @param listed the metrics of the page, and one more if there is a next page
   */
  static String html(List<Listed> listed, Instant now) {
    StringBuilder html = new StringBuilder(HEAD);
    List<Listed> shown = listed.subList(0, Math.min(METRICS, listed.size()));
    for (Listed row : shown) {
      html.append("<tr><td>");
      escape(html, row.metric().id().name());
      html.append("<td>")
          .append(row.metric().id().kind().text())
          .append("<td class=\"n\">")
          .append(row.metric().number())
          .append("<td class=\"n\">")
          .append(age(Duration.between(row.changed(), now)))
          .append("</tr>\n");
    }
    html.append("</table>\n");
    if (listed.isEmpty()) {
      html.append("<p>No metrics yet.</p>\n");
    }
    if (listed.size() > shown.size()) {
      MetricId last = shown.get(shown.size() - 1).metric().id();
      html.append("<p><a rel=\"next\" href=\"/?after=")
          .append(URLEncoder.encode(last.kind().text() + ":" + last.name(), UTF_8))
          .append("\">next</a></p>\n");
    }
    return html.append("</body></html>\n").toString();
  }

  private static void escape(StringBuilder html, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> html.append("&amp;");
        case '<' -> html.append("&lt;");
        case '>' -> html.append("&gt;");
        case '"' -> html.append("&quot;");
        case '\'' -> html.append("&#39;");
        default -> html.append(c);
      }
    }
  }

  /** Formats an age; a negative one, after the clock was set back, as 0. */
  private static String age(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 7_200) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " d";
  }
}
