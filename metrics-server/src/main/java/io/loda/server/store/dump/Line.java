package io.loda.server.store.dump;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.store.KeptAnswer;
import io.loda.server.store.StoredMetrics.Stored;
import java.io.ByteArrayOutputStream;
import java.util.List;

/**
 * Builds the JSON of a line, without its checksum and end. Numbers are written as text, as similar
 * servers do. Reused for all lines of a file.
 */
final class Line {

  /** The initial size of the array; only answers with thousands of metrics need more. */
  private static final int USUAL_BYTES = 64 * 1024;

  private Bytes bytes = new Bytes();

  /** Exposes its array, so that it needn't be copied. */
  private static final class Bytes extends ByteArrayOutputStream {

    Bytes() {
      super(256);
    }

    byte[] array() {
      return buf;
    }
  }

  /** Begins the next line. */
  Line begin() {
    if (bytes.array().length > USUAL_BYTES) {
      bytes = new Bytes();
    }
    bytes.reset();
    bytes.write('{');
    return this;
  }

  Line field(String name, long number) {
    name(name);
    ascii(Long.toString(number));
    return this;
  }

  Line field(String name, String text) {
    name(name);
    quoted(text);
    return this;
  }

  /** Adds a list of metrics: of each the first letter of its kind, its name and its number. */
  Line field(String name, List<Metric> metrics) {
    name(name);
    bytes.write('[');
    boolean first = true;
    for (Metric metric : metrics) {
      ascii(
          metric.id().kind() == Kind.GAUGE
              ? first ? "\"g\"," : ",\"g\","
              : first ? "\"c\"," : ",\"c\",");
      quoted(metric.id().name());
      bytes.write(',');
      quoted(metric.number());
      first = false;
    }
    bytes.write(']');
    return this;
  }

  /** Builds the line of a metric. */
  Line of(Stored stored) {
    Metric metric = stored.metric();
    return begin()
        .field("type", metric.id().kind().text())
        .field("name", metric.id().name())
        .field("value", metric.number())
        .field("changed", stored.changedMillis());
  }

  /** Builds the line of an answer. */
  Line of(KeptAnswer answer) {
    return begin()
        .field("key", answer.key())
        .field("at", answer.atMillis())
        .field("answer", answer.metrics());
  }

  private void name(String name) {
    if (bytes.size() > 1) {
      bytes.write(',');
    }
    quoted(name);
    bytes.write(':');
  }

  private void quoted(String text) {
    bytes.write('"');
    bytes.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
    bytes.write('"');
  }

  private void ascii(String text) {
    bytes.writeBytes(text.getBytes(US_ASCII));
  }

  /** Returns the array with the line in its first {@link #length} bytes. */
  byte[] array() {
    return bytes.array();
  }

  int length() {
    return bytes.size();
  }
}
