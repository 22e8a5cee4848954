package io.loda.agent.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.http.Signature;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request, compressed and signed once: each try sends the same bytes with the same
 * key.
 *
 * @param bytes a JSON list of metrics, gzipped
 * @param key the {@code Idempotency-Key}, by which the server recognizes a retry
 * @param signature the signature of the bytes; null: it isn't signed
 * @param size the number of metrics
 * @param counters the counters in it, to be counted again if the server refuses it
 */
record Batch(
    Buffer bytes, String key, @Nullable String signature, int size, Map<String, Long> counters) {

  static Batch of(WaitingMetrics.Part part, @Nullable Signature signature) {
    byte[] bytes = gzip(part.json());
    return new Batch(
        Buffer.buffer(bytes),
        UUID.randomUUID().toString(),
        signature == null ? null : signature.of(bytes, bytes.length),
        part.size(),
        part.counters());
  }

  private static byte[] gzip(String text) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(UTF_8));
    } catch (IOException e) {
      // writing to memory can't fail
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }
}
