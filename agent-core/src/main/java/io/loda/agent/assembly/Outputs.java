package io.loda.agent.assembly;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.output.Output;
import io.loda.agent.output.nsq.NsqOutput;
import io.loda.agent.output.nsq.NsqjOutput;
import io.loda.agent.output.stdout.StdoutOutput;
import io.loda.common.net.HostLookup;
import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;

/** The outputs by the type that the configuration names. */
public final class Outputs {

  private interface Factory {
    Output create(Vertx vertx, AgentConfig.Output config, OutputStream stdout);
  }

  private static final Map<String, Factory> TYPES =
      new TreeMap<>(
          Map.of(
              "stdout", (vertx, config, stdout) -> new StdoutOutput(vertx, stdout),
              "nsq", (vertx, config, stdout) -> nsq(vertx, config)));

  private Outputs() {}

  /**
   * Makes an output; starts nothing.
   *
   * @param stdout fails when it can't be written, as a PrintStream doesn't
   * @throws IllegalArgumentException for an unknown type; lists the known ones
   */
  public static Output create(Vertx vertx, AgentConfig.Output config, OutputStream stdout) {
    Factory factory = TYPES.get(config.type());
    if (factory == null) {
      throw new IllegalArgumentException(
          "outputs."
              + config.name()
              + ".type: expected one of "
              + String.join(", ", TYPES.keySet())
              + ", found \""
              + config.type()
              + '"');
    }
    return factory.create(vertx, config, stdout);
  }

  private static Output nsq(Vertx vertx, AgentConfig.Output config) {
    return config.nsq().client().equals("nsq-j")
        ? new NsqjOutput(vertx, config)
        : new NsqOutput(vertx, config, NsqOutput.Times.DEFAULTS, HostLookup.ofSystem(vertx));
  }
}
