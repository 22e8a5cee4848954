package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.testing.Influxd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reader takes what a real InfluxDB takes, and refuses what it refuses; but for two things. */
class LineProtocolReaderIT {

  /** {@code m} becomes a measurement of its own, because a field's type may not change. */
  private static final List<String> LINES =
      List.of(
          "m value=1",
          "m value=1 1795225573",
          "  m value=1  1795225573  ",
          "m   value=1   1795225573",
          "m value=1\r",
          "m value=1 -5",
          "m,t=v value=1",
          "m,b=1,a=2 value=1",
          "m value=-1.5e-3,b=t,c=F,d=True,e=FALSE,f=\"x\"",
          "m value=1.",
          "m value=.5",
          "m value=-.5",
          "m value=1e3",
          "m value=1E+3",
          "m value=007",
          "m value=42i",
          "m value=-9223372036854775808i",
          "m value=\"\"",
          "m value=\"a\\\"b\\\\c,d e=f\"",
          "m value=\"two\nlines\"",
          "m\\ x\\,y,a\\ b\\,c\\=d=e\\ f\\,g\\=h i\\ j\\,k\\=l=1",
          "m,t=C:\\dir value=1",
          "m=x value=1",
          "m,t=ä value=\"漢\"",
          "# m",
          "m",
          "m value",
          "m value=",
          "m =1",
          "m,t value=1",
          "m,t= value=1",
          "m,=v value=1",
          "m,t=v=w value=1",
          "m,t=v,t=w value=1",
          "m, value=1",
          "m value=NaN",
          "m value=inf",
          "m value=tru",
          "m value=yes",
          "m value=1x",
          "m value=1.5i",
          "m value=1e",
          "m value=-",
          "m value=+1",
          "m value=1-2",
          "m value=1e999",
          "m value=9223372036854775808i",
          "m value=\"open",
          "m value=\"x\"y",
          "m value=1,",
          "m value=1,,b=2",
          "m value=1 now",
          "m value=1 1.5",
          "m value=1 99999999999999999999",
          "m value=1 5 6",
          ",t=v value=1");

  @TempDir private Path folder;

  @Test
  void takesWhatInfluxdbTakes() throws Exception {
    LineProtocolReader reader = new LineProtocolReader(TimePrecision.SECONDS);
    List<String> differences = new ArrayList<>();
    try (Influxd influxd = Influxd.start(folder)) {
      for (int i = 0; i < LINES.size(); i++) {
        String line = LINES.get(i).replaceFirst("m", "m" + i);
        String answer = influxd.write(line.getBytes(UTF_8));
        List<String> refused = Collecting.of(reader, line).refused;
        if (answer.equals("204") != refused.isEmpty()) {
          differences.add(LINES.get(i));
        }
      }
    }
    // line breaks of another system are taken, and what stands behind a string isn't thrown away
    assertThat(differences).containsExactly("m value=1\r", "m value=\"x\"y");
  }
}
