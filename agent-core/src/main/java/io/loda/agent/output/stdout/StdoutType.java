package io.loda.agent.output.stdout;

import io.loda.agent.output.Output;
import io.loda.agent.output.OutputSettings;
import io.loda.agent.output.OutputType;
import io.loda.common.config.ConfigReader;
import io.vertx.core.Vertx;
import java.io.OutputStream;

/** Type {@code stdout}, which has no keys of its own. */
public final class StdoutType implements OutputType {

  @Override
  public String name() {
    return "stdout";
  }

  @Override
  public OutputSettings read(ConfigReader reader, String key) {
    return new Settings();
  }

  /** Has no keys. */
  public record Settings() implements OutputSettings {

    @Override
    public Output create(Vertx vertx, String name, OutputStream stdout) {
      return new StdoutOutput(vertx, stdout);
    }
  }
}
