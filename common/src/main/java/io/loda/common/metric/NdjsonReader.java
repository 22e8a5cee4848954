package io.loda.common.metric;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Reads NDJSON: on each line a metric as in {@link JsonMetricReader}. */
public final class NdjsonReader implements LineReader {

  /** Bounds a line: no output takes a larger point. */
  private static final int LONGEST_LINE_BYTES = 1024 * 1024;

  private final TextCache texts = new TextCache();
  private final JsonItem items = new JsonItem();

  @Override
  public void read(byte[] text, int from, int to, long firstLine, MetricHandler handler) {
    MetricBuilder metrics = new MetricBuilder(handler::metric);
    long line = firstLine;
    for (int start = from; start < to; line++) {
      int end = start;
      while (end < to && text[end] != '\n') {
        end++;
      }
      try {
        if (end - start > LONGEST_LINE_BYTES) {
          throw new BadText(
              start, "expected a line of at most " + LONGEST_LINE_BYTES + " bytes, found more");
        }
        line(text, start, end, line, metrics, handler);
      } catch (BadText e) {
        handler.refused(e.described(text, start, line));
      }
      start = end + 1;
    }
  }

  private void line(
      byte[] text, int from, int to, long line, MetricSink metrics, MetricHandler handler)
      throws BadText {
    String json = texts.decode(text, from, to);
    if (json.isBlank()) {
      return;
    }
    try (JsonParser parser = JsonMetricReader.OUTPUT.createParser(json)) {
      parser.nextToken();
      String problem = items.read(parser, metrics);
      if (parser.nextToken() != null) {
        handler.refused(
            "line "
                + line
                + ", column "
                + parser.currentTokenLocation().getColumnNr()
                + ": expected the end of the line after a metric, found "
                + JsonItem.kind(parser));
        return;
      }
      if (problem.isEmpty()) {
        problem = JsonItem.end(metrics);
      }
      if (!problem.isEmpty()) {
        handler.refused("line " + line + ": " + problem);
      }
    } catch (JsonProcessingException e) {
      handler.refused(
          "line "
              + line
              + (e.getLocation() == null ? "" : ", column " + e.getLocation().getColumnNr())
              + ": expected a JSON metric, found no JSON: "
              + JsonItem.problem(e));
    } catch (IOException e) {
      throw new UncheckedIOException("a string can't be read", e);
    }
  }
}
