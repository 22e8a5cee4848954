package io.loda.server.store.postgres;

import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Encodes an answer for its row: the number of metrics, and of each the kind, name and 64 bits. */
final class AnswerBytes {

  private AnswerBytes() {}

  static byte[] write(List<Metric> metrics) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(metrics.size() * 32);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(metrics.size());
      for (Metric metric : metrics) {
        out.writeByte(Rows.number(metric.id().kind()));
        out.writeUTF(metric.id().name());
        out.writeLong(metric.bits());
      }
    } catch (IOException e) {
      // it is all in memory
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static List<Metric> read(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int count = in.readInt();
      List<Metric> metrics = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Kind kind = Rows.kind(in.readByte());
        metrics.add(new Metric(new MetricId(kind, in.readUTF()), in.readLong()));
      }
      return metrics;
    } catch (IOException e) {
      throw new UncheckedIOException("a stored answer ends too early", e);
    }
  }
}
