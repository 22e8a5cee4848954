package io.loda.agent.cli.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The documentation says what the plugins' own list says. */
class MeasurementsDocTest {

  @Test
  void isUpToDate() throws IOException {
    Path page = Path.of(System.getProperty("agent.root", "..")).resolve("docs/measurements.md");

    assertThat(page)
        .as("renew it: bin/agent plugin list --builtin --markdown > docs/measurements.md")
        .hasContent(BuiltinMeasurements.load().markdown());
  }
}
