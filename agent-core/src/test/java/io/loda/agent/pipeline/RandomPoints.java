package io.loda.agent.pipeline;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Points as nasty as a plugin could make them. */
final class RandomPoints {

  private static final String NASTY = ",= \"\\\n\r\t#'{}[]%/@äé漢字😀\u0001\u007f";
  private static final String PLAIN = "abcXYZ019._-";

  private final Random random;

  RandomPoints(long seed) {
    this.random = new Random(seed);
  }

  Point next() {
    TreeMap<String, String> tags = new TreeMap<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      tags.put(text(1 + random.nextInt(12)), text(1 + random.nextInt(20)));
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      fields.put(text(1 + random.nextInt(12)), value());
    }
    if (fields.isEmpty()) {
      fields.put("value", value());
    }
    return new Point(
        text(1 + random.nextInt(24)), tags, 1_000_000_000L + random.nextInt(1 << 30), fields);
  }

  private String text(int length) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      String alphabet = random.nextInt(3) == 0 ? NASTY : PLAIN;
      int index = random.nextInt(alphabet.codePointCount(0, alphabet.length()));
      text.appendCodePoint(alphabet.codePointAt(alphabet.offsetByCodePoints(0, index)));
    }
    return text.toString();
  }

  private Object value() {
    return switch (random.nextInt(7)) {
      case 0 -> random.nextBoolean();
      case 1 -> random.nextInt(4) == 0 ? "" : text(1 + random.nextInt(30));
      case 2 -> random.nextLong();
      case 3 -> random.nextInt(2000) - 1000;
      case 4 -> random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300);
      case 5 -> Math.round(random.nextDouble() * 10_000) / 100.0;
      default -> (float) random.nextGaussian();
    };
  }
}
