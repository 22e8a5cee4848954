package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.plugin.Metric;
import io.loda.common.metric.MetricHandler;
import io.loda.common.metric.TimePrecision;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the encoder writes is read as InfluxDB reads it. */
class LineProtocolRoundTripTest {

  private final io.loda.common.metric.LineProtocolReader reader =
      new io.loda.common.metric.LineProtocolReader(TimePrecision.SECONDS);
  private final LineProtocolEncoder encoder = new LineProtocolEncoder(false, 1);

  @Test
  void randomPointsComeBack() {
    RandomPoints random = new RandomPoints(21);
    for (int i = 0; i < 20_000; i++) {
      Point given = random.next();
      byte[] line = given.encodedBy(encoder);
      List<Metric> metrics = new ArrayList<>();
      List<String> refused = new ArrayList<>();
      reader.read(
          line,
          0,
          line.length,
          1,
          new MetricHandler() {
            @Override
            public void metric(Metric metric) {
              metrics.add(metric);
            }

            @Override
            public void refused(String reason) {
              refused.add(reason);
            }
          });

      assertThat(refused).as(new String(line, UTF_8)).isEmpty();
      Metric metric = metrics.get(0);
      LineProtocolReader.Read other = LineProtocolReader.read(new String(line, UTF_8));
      assertThat(metric.name()).isEqualTo(other.measurement());
      assertThat(metric.tags()).isEqualTo(other.tags());
      assertThat(metric.fields()).isEqualTo(other.fields());
      assertThat(metric.timestamp()).isEqualTo(other.timestamp());
    }
  }
}
