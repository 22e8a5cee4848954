package io.loda.agent.builtin.jvm;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.files.Opened;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The counters that a HotSpot JVM writes to a file, in version 2 of its format, which every JVM has
 * since Java 5 ({@code perfMemory.hpp}, {@code PerfDataBuffer.java}).
 */
record PerfData(Map<String, Long> numbers, Map<String, String> texts) {
  private static final int MAGIC = 0xcafec0c0;
  private static final int MOST_BYTES = 1 << 20; // 32 KiB unless -XX:PerfDataMemorySize
  private static final int HEADER = 32;
  private static final int ENTRY_HEADER = 20;

  PerfData {
    numbers = Map.copyOf(numbers);
    texts = Map.copyOf(texts);
  }

  /**
   * Reads a file.
   *
   * @throws IOException when it isn't such a file, or its JVM is still starting. Any user may put
   *     any file there
   */
  static PerfData read(Opened file) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(file.head(MOST_BYTES));
    try {
      return parse(buffer);
    } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
      throw new IOException(file + " is damaged", e);
    }
  }

  private static PerfData parse(ByteBuffer buffer) throws IOException {
    if (buffer.limit() < HEADER || buffer.getInt(0) != MAGIC) {
      throw new IOException("no file of a JVM's counters");
    }
    buffer.order(buffer.get(4) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    boolean complete = buffer.get(7) != 0;
    if (buffer.get(5) != 2 || !complete) {
      throw new IOException("counters of version " + buffer.get(5) + ", complete: " + complete);
    }
    Map<String, Long> numbers = new HashMap<>();
    Map<String, String> texts = new HashMap<>();
    int at = buffer.getInt(24);
    int entries = buffer.getInt(28);
    // a JVM's entries don't overlap; overlapping ones could add up to far more than the file
    int left = buffer.limit();
    for (int i = 0; i < entries; i++) {
      int length = buffer.getInt(at);
      if (length < ENTRY_HEADER) {
        throw new IllegalArgumentException("an entry of " + length + " bytes");
      }
      String name = text(buffer, at + buffer.getInt(at + 4), at + length);
      int elements = buffer.getInt(at + 8);
      int dataAt = at + buffer.getInt(at + 16);
      byte type = buffer.get(at + 12);
      if (type == 'J' && elements == 0) {
        numbers.put(name, buffer.getLong(dataAt));
      } else if (type == 'B' && elements > 0) {
        String text = text(buffer, dataAt, Math.addExact(dataAt, elements));
        texts.put(name, text);
        left -= text.length();
      }
      left -= name.length();
      if (left < 0) {
        throw new IllegalArgumentException("entries that overlap");
      }
      at += length;
    }
    return new PerfData(numbers, texts);
  }

  /** Reads a text up to its end, or the NUL before it. */
  private static String text(ByteBuffer buffer, int from, int end) {
    int to = from;
    while (to < end && buffer.get(to) != 0) {
      to++;
    }
    byte[] bytes = new byte[to - from];
    buffer.get(from, bytes);
    return new String(bytes, UTF_8);
  }

  /** Returns the sum of the numbers whose names match. */
  long sum(Pattern names) {
    return numbers.entrySet().stream()
        .filter(entry -> names.matcher(entry.getKey()).matches())
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
