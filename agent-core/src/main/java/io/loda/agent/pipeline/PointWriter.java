package io.loda.agent.pipeline;

import io.loda.agent.plugin.Metric;
import io.loda.agent.point.EncodedPoints;
import io.loda.common.metric.MetricSink;
import io.loda.common.metric.PointLimits;
import io.loda.common.telemetry.MemoryBudget;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns metrics into points by the wire contract's rules for names, tags and timestamps, and
 * encodes each once for each format. Not thread-safe; reused after {@link #reset}.
 */
public final class PointWriter implements MetricSink {

  private static final long EARLIEST = 1_000_000_000L;
  private static final long LATEST = 10_000_000_000L;
  private static final String HOST = "host";

  private final Encoder[] encoders;
  private final EncodedPoints[] encoded;
  private final Supplier<String> hostname;
  private final InstantSource clock;
  private final PointDraft draft = new PointDraft();
  private String prefix = "";
  private Consumer<String> nameRule = name -> {};
  private String lastHostname = "";
  private String host = "";

  /** The first problem of the current metric; null: none so far. */
  private @Nullable String problem;

  PointWriter(List<Encoder> encoders, Supplier<String> hostname, InstantSource clock) {
    this(encoders, hostname, clock, null);
  }

  /**
   * Creates a writer.
   *
   * @param share the budget of the points' memory; null: none
   */
  PointWriter(
      List<Encoder> encoders,
      Supplier<String> hostname,
      InstantSource clock,
      MemoryBudget.@Nullable Share share) {
    this.encoders = encoders.toArray(new Encoder[0]);
    this.encoded =
        encoders.stream().map(unused -> new EncodedPoints(share)).toArray(EncodedPoints[]::new);
    this.hostname = hostname;
    this.clock = clock;
  }

  /**
   * Clears the writer for new metrics.
   *
   * @param newPrefix put before each metric's name; may be empty
   * @param newNameRule throws {@link IllegalArgumentException} for a name that isn't allowed
   */
  public void reset(String newPrefix, Consumer<String> newNameRule) {
    prefix = newPrefix;
    nameRule = newNameRule;
    clear();
    String now = hostname.get();
    if (!now.equals(lastHostname)) {
      lastHostname = now;
      host = clean(now);
    }
  }

  /** Removes its points, and gives their memory back to the share. */
  public void clear() {
    for (EncodedPoints points : encoded) {
      points.clear();
    }
  }

  public long takenBytes() {
    long bytes = 0;
    for (EncodedPoints points : encoded) {
      bytes += points.takenBytes();
    }
    return bytes;
  }

  /** Returns how many points it has. */
  public int count() {
    return encoded.length == 0 ? 0 : encoded[0].count();
  }

  public long totalBytes() {
    long bytes = 0;
    for (EncodedPoints points : encoded) {
      bytes += points.totalBytes();
    }
    return bytes;
  }

  /** Returns the points in the format with this index in the constructor's list. */
  EncodedPoints encoded(int format) {
    return encoded[format];
  }

  /**
   * Writes a metric. If its only field is a string {@code value}, that is treated like a JSON
   * string.
   *
   * @throws IllegalArgumentException when the metric can't be sent; says why
   */
  public void write(Metric metric) {
    begin(metric);
    if (metric.fields().size() == 1
        && metric.fields().get(Metric.VALUE) instanceof CharSequence value) {
      string(Metric.VALUE, value.toString());
    } else {
      metric.fields().forEach(this::field);
    }
    end();
  }

  /**
   * Writes a metric of line protocol, whose strings stay strings.
   *
   * @throws IllegalArgumentException when the metric can't be sent; says why
   */
  public void writeTyped(Metric metric) {
    begin(metric);
    metric.fields().forEach(this::field);
    end();
  }

  private void begin(Metric metric) {
    begin();
    name(metric.name());
    timestamp(metric.timestamp());
    metric.tags().forEach(this::tag);
  }

  private void field(String key, @Nullable Object value) {
    if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      number(key, ((Number) value).longValue());
    } else if (value instanceof Float) {
      // with a float's precision: 0.1f is 0.1 and not 0.10000000149011612
      number(key, Double.parseDouble(value.toString()));
    } else if (value instanceof BigInteger || value instanceof BigDecimal) {
      number(key, ((Number) value).doubleValue());
    } else if (value instanceof Number number) {
      number(key, number.doubleValue());
    } else if (value instanceof Boolean flag) {
      flag(key, flag);
    } else if (value instanceof CharSequence) {
      text(key, value.toString());
    } else {
      refuse(
          key
              + ": expected a number, boolean or string, found "
              + (value == null ? "null" : value.getClass().getSimpleName()));
    }
  }

  @Override
  public void begin() {
    draft.clear(prefix);
    problem = null;
  }

  @Override
  public void name(String name) {
    if (PointLimits.tooLong(name)) {
      refuse(PointLimits.tooLong("name ", name));
    }
    draft.name = name;
  }

  @Override
  public void timestamp(long seconds) {
    draft.timestamp = seconds;
  }

  @Override
  public void tag(String key, String value) {
    if (PointLimits.tooLong(key) || PointLimits.tooLong(value)) {
      refuse(PointLimits.tooLong("tags.", key));
      return;
    }
    String cleaned = clean(value);
    if (!cleaned.isEmpty() && !key.isBlank()) {
      String name = key.strip();
      if (draft.tags >= PointLimits.MOST_TAGS && draft.findTag(name) < 0) {
        refuse(PointLimits.TOO_MANY_TAGS);
      } else {
        draft.tag(name, cleaned);
      }
    }
  }

  @Override
  public void number(String field, long value) {
    field(field, PointDraft.FieldType.LONG, value, null);
  }

  @Override
  public void number(String field, double value) {
    if (!Double.isFinite(value)) {
      refuse(field + ": expected a finite number, found " + value);
    }
    field(field, PointDraft.FieldType.DOUBLE, Double.doubleToRawLongBits(value), null);
  }

  @Override
  public void flag(String field, boolean value) {
    field(field, PointDraft.FieldType.FLAG, value ? 1 : 0, null);
  }

  @Override
  public void text(String field, String value) {
    field(field, PointDraft.FieldType.TEXT, 0, value);
  }

  @Override
  public void string(String field, String value) {
    field(field, PointDraft.FieldType.STRING, 0, value);
  }

  private void field(String key, PointDraft.FieldType kind, long bits, @Nullable String text) {
    if (key.isBlank()) {
      refuse("fields: expected a name, found an empty string");
    }
    if (PointLimits.tooLong(key) || (text != null && PointLimits.tooLong(text))) {
      refuse(PointLimits.tooLong("", key));
      return;
    }
    String name = key.strip();
    if (draft.fields >= PointLimits.MOST_FIELDS && draft.findField(name) == draft.fields) {
      refuse(PointLimits.TOO_MANY_FIELDS);
    } else {
      draft.field(name, kind, bits, text);
    }
  }

  private void refuse(String what) {
    if (problem == null) {
      problem = what;
    }
  }

  @Override
  public void end() {
    if (draft.name.isBlank()) {
      refuse("name: expected a name, found an empty string");
    }
    if (draft.fields == 0) {
      refuse("fields: expected at least one, found none");
    }
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    nameRule.accept(draft.name);
    if (draft.findTag(HOST) < 0) {
      draft.tag(HOST, host);
    }
    if (draft.timestamp < EARLIEST || draft.timestamp > LATEST) {
      draft.timestamp = clock.instant().getEpochSecond();
    }
    for (int i = 0; i < encoders.length; i++) {
      encoders[i].encode(draft, encoded[i]);
      encoded[i].endPoint();
    }
  }

  /** Strips white space at the ends, and replaces each inner one by a dash. */
  private static String clean(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (Character.isWhitespace(value.charAt(i))) {
        return cleaned(value.strip());
      }
    }
    return value;
  }

  private static String cleaned(String trimmed) {
    StringBuilder cleaned = new StringBuilder(trimmed.length());
    for (int i = 0; i < trimmed.length(); i++) {
      char c = trimmed.charAt(i);
      cleaned.append(Character.isWhitespace(c) ? '-' : c);
    }
    return cleaned.toString();
  }
}
