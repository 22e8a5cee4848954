package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.plugin.Metric;
import io.loda.agent.point.EncodedPoints;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;

/** A point as a test writes it down. */
record Point(
    String measurement,
    SortedMap<String, String> tags,
    long timestamp,
    Map<String, Object> fields) {

  /** It, as an encoder writes it. */
  byte[] encodedBy(Encoder encoder) {
    PointDraft draft = new PointDraft();
    draft.clear("");
    draft.name = measurement;
    draft.timestamp = timestamp;
    tags.forEach(draft::tag);
    fields.forEach(
        (key, value) -> {
          if (value instanceof Double number) {
            draft.field(key, PointDraft.FieldType.DOUBLE, Double.doubleToRawLongBits(number), null);
          } else if (value instanceof Float
              || value instanceof BigInteger
              || value instanceof BigDecimal) {
            long bits = Double.doubleToRawLongBits(Double.parseDouble(value.toString()));
            draft.field(key, PointDraft.FieldType.DOUBLE, bits, null);
          } else if (value instanceof Number number) {
            draft.field(key, PointDraft.FieldType.LONG, number.longValue(), null);
          } else if (value instanceof Boolean flag) {
            draft.field(key, PointDraft.FieldType.FLAG, flag ? 1 : 0, null);
          } else {
            draft.field(key, PointDraft.FieldType.TEXT, 0, value.toString());
          }
        });
    EncodedPoints out = new EncodedPoints();
    encoder.encode(draft, out);
    out.endPoint();
    return Arrays.copyOf(out.array(), out.totalBytes());
  }

  /** What a writer makes of a metric, in line protocol. */
  static String written(PointWriter writer, String prefix, Metric metric) {
    writer.reset(prefix, name -> {});
    writer.write(metric);
    EncodedPoints out = writer.encoded(0);
    return new String(out.array(), 0, out.totalBytes(), UTF_8);
  }
}
