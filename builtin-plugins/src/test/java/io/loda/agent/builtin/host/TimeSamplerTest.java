package io.loda.agent.builtin.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TimeSamplerTest {

  /** Answers until its socket is closed, with a clock that is so far ahead. */
  private static void answering(DatagramSocket socket, double secondsAhead, int stratum) {
    Thread server =
        new Thread(
            () -> {
              try {
                while (true) {
                  DatagramPacket packet = new DatagramPacket(new byte[48], 48);
                  socket.receive(packet);
                  ByteBuffer data = ByteBuffer.wrap(packet.getData());
                  long cookie = data.getLong(40);
                  long time =
                      SntpClient.toNtp(Instant.now().plusNanos((long) (secondsAhead * 1e9)));
                  data.put(0, (byte) ((4 << 3) | 4)).put(1, (byte) stratum);
                  data.putLong(24, cookie).putLong(32, time).putLong(40, time);
                  socket.send(packet);
                }
              } catch (IOException e) {
                // the test is over
              }
            });
    server.setDaemon(true);
    server.start();
  }

  private static TimeSampler asking(DatagramSocket server) {
    return new TimeSampler(
        List.of("127.0.0.1"),
        new SntpClient(server.getLocalPort(), Duration.ofSeconds(30), Clock.systemUTC()));
  }

  @Test
  void saysHowFarTheServerIsAhead() throws Exception {
    for (double ahead : new double[] {2.5, -2.5, 0}) {
      try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
        answering(socket, ahead, 2);
        long askedAt = System.nanoTime();
        List<Metric> offset = asking(socket).collect();
        double took = (System.nanoTime() - askedAt) / 1e9;
        assertThat(offset)
            .singleElement()
            .satisfies(
                metric -> {
                  assertThat(metric.name()).isEqualTo("time.offset");
                  // nobody can know when on its way the answer was held up
                  assertThat((double) metric.value()).isCloseTo(ahead, within(took / 2 + 0.01));
                });
      }
    }
  }

  @Test
  void refusesAServerThatDoesntKnowTheTime() throws Exception {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      answering(socket, 0, 0);
      assertThatThrownBy(() -> asking(socket).collect())
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("no NTP server of [127.0.0.1] answers; set agent.ntp-servers");
    }
  }

  @Test
  void asksNobodyWhenNoServerIsConfigured() throws Exception {
    try (Sampler sampler = new TimePlugin().open(Map.of("agent.ntp-servers", " "))) {
      assertThat(sampler.collect()).isEmpty();
    }
  }

  @Test
  void readsTimesAcrossTheYear2036() {
    for (String time :
        List.of("1999-12-31T23:59:59.5Z", "2036-02-07T06:28:15Z", "2036-02-07T06:28:17Z")) {
      Instant instant = Instant.parse(time);
      assertThat(SntpClient.fromNtp(SntpClient.toNtp(instant), instant.plusSeconds(3)))
          .isCloseTo(instant, within(1, java.time.temporal.ChronoUnit.MICROS));
    }
  }
}
