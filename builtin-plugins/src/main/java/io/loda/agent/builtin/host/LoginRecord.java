package io.loda.agent.builtin.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.plugin.Metric;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * A record of {@code wtmp} or {@code btmp}: see utmp(5).
 *
 * @param type the event; {@link #USER} and {@link #LOGIN} are logins
 * @param seconds since 1970
 */
record LoginRecord(int type, String device, String user, String remote, long seconds) {

  /** The size of a record in bytes, on 64-bit and 32-bit hosts. */
  static final int SIZE = 384;

  /** A failed ssh login is recorded as a login process. */
  private static final int LOGIN = 6;

  private static final int USER = 7;

  static LoginRecord parse(byte[] bytes, int from) {
    ByteBuffer record = ByteBuffer.wrap(bytes, from, SIZE).order(ByteOrder.nativeOrder());
    return new LoginRecord(
        record.getShort(from),
        text(bytes, from + 8, 32),
        text(bytes, from + 44, 32),
        text(bytes, from + 76, 256),
        Integer.toUnsignedLong(record.getInt(from + 340)));
  }

  boolean isLogin(boolean successful) {
    return !user.isEmpty() && (type == USER || (type == LOGIN && !successful));
  }

  Metric metric(boolean successful) {
    Map<String, String> tags = new HashMap<>();
    tags.put("success", Boolean.toString(successful));
    putKnown(tags, "user", user);
    putKnown(tags, "remote", remote);
    putKnown(tags, "device", device);
    return new Metric("kernel.user.login", seconds, tags, successful ? 1.0 : 0.0);
  }

  /** Adds a tag unless its value is empty: InfluxDB refuses an empty one. */
  private static void putKnown(Map<String, String> tags, String name, String value) {
    if (!value.isEmpty()) {
      tags.put(name, value);
    }
  }

  private static String text(byte[] bytes, int from, int length) {
    int end = from;
    while (end < from + length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, UTF_8).strip();
  }
}
