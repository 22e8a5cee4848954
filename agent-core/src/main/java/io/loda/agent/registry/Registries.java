package io.loda.agent.registry;

import io.loda.agent.config.AgentConfig;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** Makes the registry of the type that the configuration names. */
public final class Registries {

  private static final Map<String, BiFunction<Vertx, AgentConfig.RegistryConfig, Registry>> TYPES =
      new TreeMap<>(
          Map.of(
              "http", HttpRegistry::new,
              "directory", DirectoryRegistry::new));

  private Registries() {}

  /**
   * Makes a registry; sends no request yet.
   *
   * @throws IllegalArgumentException for an unknown type; lists the known ones
   */
  public static Registry create(Vertx vertx, AgentConfig.RegistryConfig config) {
    var type = TYPES.get(config.type());
    if (type == null) {
      throw new IllegalArgumentException(
          "registry.type: expected one of "
              + String.join(", ", TYPES.keySet())
              + ", found \""
              + config.type()
              + '"');
    }
    return type.apply(vertx, config);
  }
}
