package io.loda.agent.builtin.host;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Asks an NTP server for the time, by RFC 4330. Thread-safe. */
final class SntpClient {
  private static final int PACKET_BYTES = 48;
  private static final int VERSION_4_CLIENT = (4 << 3) | 3;
  private static final int SERVER = 4;
  private static final long SECONDS_1900_TO_1970 = 2_208_988_800L;

  private final int port;
  private final Duration timeout;
  private final Clock clock;

  SntpClient(int port, Duration timeout, Clock clock) {
    this.port = port;
    this.timeout = timeout;
    this.clock = clock;
  }

  /**
   * Returns how many seconds the server is ahead of this host, to the microsecond; negative if it
   * is behind.
   *
   * @throws IOException when it doesn't answer in time, or isn't synchronised itself
   */
  double offset(String server) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(server), port));
      socket.setSoTimeout((int) timeout.toMillis());
      ByteBuffer request = ByteBuffer.allocate(PACKET_BYTES);
      request.put(0, (byte) VERSION_4_CLIENT);
      Instant sent = clock.instant();
      long sentAt = System.nanoTime();
      long cookie = toNtp(sent);
      request.putLong(40, cookie);
      socket.send(new DatagramPacket(request.array(), PACKET_BYTES));
      ByteBuffer answer = ByteBuffer.allocate(PACKET_BYTES);
      DatagramPacket packet = new DatagramPacket(answer.array(), PACKET_BYTES);
      socket.receive(packet);
      // by the monotonic clock, as the other one may just be set
      Instant received = sent.plusNanos(System.nanoTime() - sentAt);
      check(server, packet.getLength(), answer, cookie);
      double there = seconds(Duration.between(sent, fromNtp(answer.getLong(32), sent)));
      double back = seconds(Duration.between(received, fromNtp(answer.getLong(40), received)));
      return Math.round((there + back) / 2 * 1e6) / 1e6;
    }
  }

  private static void check(String server, int length, ByteBuffer answer, long cookie)
      throws IOException {
    int mode = answer.get(0) & 7;
    int leap = (answer.get(0) >> 6) & 3;
    int stratum = answer.get(1) & 0xff;
    if (length < PACKET_BYTES || mode != SERVER || answer.getLong(24) != cookie) {
      throw new IOException(server + " answers something else than NTP");
    }
    if (leap == 3 || stratum == 0 || stratum > 15 || answer.getLong(40) == 0) {
      throw new IOException(server + " doesn't know the time itself, or refuses to answer");
    }
  }

  static long toNtp(Instant time) {
    long seconds = time.getEpochSecond() + SECONDS_1900_TO_1970;
    return (seconds << 32) | ((long) time.getNano() << 32) / 1_000_000_000L;
  }

  /**
   * Converts a time of NTP, whose seconds wrap every 136 years, next in 2036, to the one closest to
   * ours.
   */
  static Instant fromNtp(long ntp, Instant near) {
    long nearSeconds = near.getEpochSecond() + SECONDS_1900_TO_1970;
    long seconds = nearSeconds + (int) ((ntp >>> 32) - nearSeconds);
    long nanos = ((ntp & 0xffffffffL) * 1_000_000_000L) >>> 32;
    return Instant.ofEpochSecond(seconds - SECONDS_1900_TO_1970, nanos);
  }

  private static double seconds(Duration duration) {
    return duration.getSeconds() + duration.getNano() / 1e9;
  }
}
