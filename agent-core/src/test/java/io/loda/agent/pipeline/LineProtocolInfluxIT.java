package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.testing.Influxd;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real InfluxDB says of the encoder's lines. */
class LineProtocolInfluxIT {

  private static final int POINTS = 1_000;
  private static final long TIME = 1_795_225_573L;

  private final LineProtocolEncoder encoder = new LineProtocolEncoder(false, 1);
  @TempDir private Path folder;

  @Test
  void everyRandomPointIsTakenAndThere() throws Exception {
    try (Influxd influxd = Influxd.start(folder)) {
      RandomPoints random = new RandomPoints(7);
      for (int i = 0; i < POINTS; i++) {
        Point point = random.next();
        // a measurement of its own: a field's type may not change within one
        String name = point.measurement() + i + "x" + point.measurement();
        byte[] line = new Point(name, point.tags(), TIME, point.fields()).encodedBy(encoder);
        assertThat(influxd.write(line)).as(new String(line, UTF_8)).isEqualTo("204");
      }
      assertThat(influxd.query("SHOW MEASUREMENT EXACT CARDINALITY")).contains("[" + POINTS + "]");
    }
  }

  @Test
  void nastyNamesAreReadBackAsTheyWere() throws Exception {
    try (Influxd influxd = Influxd.start(folder)) {
      TreeMap<String, String> tags = new TreeMap<>();
      tags.put("a key", "C:\\dir,x = \"y\"");
      tags.put("time", "\\");
      assertThat(
              influxd.write(
                  new Point("m", tags, TIME, Map.of("value", "q\"\\\n")).encodedBy(encoder)))
          .isEqualTo("204");
      assertThat(influxd.query("SELECT * FROM m"))
          .contains("\"a key\"", "C:\\\\dir,x = \\\"y\\\"", "\"time_\"", "\"/\"", "q\\\"\\\\\\\\n");
    }
  }

  @Test
  void wholeAndBrokenNumbersShareAField() throws Exception {
    try (Influxd influxd = Influxd.start(folder)) {
      TreeMap<String, String> none = new TreeMap<>();
      assertThat(influxd.write(new Point("m", none, TIME, Map.of("value", 42)).encodedBy(encoder)))
          .isEqualTo("204");
      assertThat(
              influxd.write(
                  new Point("m", none, TIME + 1, Map.of("value", 42.5)).encodedBy(encoder)))
          .isEqualTo("204");
    }
  }
}
