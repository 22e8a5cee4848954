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
 * A line's JSON in the making, but for its check and its end. Texts are quoted, numbers are text
 * too, as other servers write them. One at a time is used again for all lines of a file.
 */
final class Line {

  /** What a line that isn't a record or an answer of thousands has. */
  private static final int USUAL_BYTES = 64 * 1024;

  private Bytes bytes = new Bytes();

  /** Gives its array away: nothing is copied. */
  private static final class Bytes extends ByteArrayOutputStream {

    Bytes() {
      super(256);
    }

    byte[] array() {
      return buf;
    }
  }

  /** Begins another one. */
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

  /** Kinds by their first letter, names and numbers in turn. */
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

  /** A metric's line. */
  Line of(Stored stored) {
    Metric metric = stored.metric();
    return begin()
        .field("type", metric.id().kind().text())
        .field("name", metric.id().name())
        .field("value", metric.number())
        .field("changed", stored.changedMillis());
  }

  /** An answer's line. */
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

  /** What was written, in the first {@link #length} bytes. */
  byte[] array() {
    return bytes.array();
  }

  int length() {
    return bytes.size();
  }
}
