package io.loda.agent.builtin.container;

import io.loda.agent.builtin.kit.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Docker, or Podman where it listens in Docker's place: the Engine API on its unix socket. */
final class DockerEngine implements ContainerEngine {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int MOST_BYTES = 8 << 20;

  private final Path socket;

  DockerEngine(Host host) {
    this.socket = host.resolve("/run/docker.sock");
  }

  @Override
  public Map<String, Container> containers() throws IOException {
    if (!Files.exists(socket)) {
      return Map.of();
    }
    String answer = UnixHttp.get(socket, "/containers/json", TIMEOUT, MOST_BYTES);
    try {
      if (Json.parse(answer) instanceof List<?> list) {
        return byId(list);
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(socket + " doesn't answer with JSON: " + e.getMessage(), e);
    }
    throw new IOException(socket + " doesn't answer with a list of containers");
  }

  private static Map<String, Container> byId(List<?> list) {
    Map<String, Container> containers = new HashMap<>();
    for (Object element : list) {
      if (element instanceof Map<?, ?> container && container.get("Id") instanceof String id) {
        containers.put(id, new Container(name(container), text(container.get("Image"))));
      }
    }
    return containers;
  }

  /** The one without a slash inside: the others say what links to it. */
  private static String name(Map<?, ?> container) {
    if (container.get("Names") instanceof List<?> names) {
      for (Object name : names) {
        if (name instanceof String text && text.lastIndexOf('/') <= 0) {
          return text.startsWith("/") ? text.substring(1) : text;
        }
      }
    }
    return "";
  }

  private static String text(@Nullable Object value) {
    return value instanceof String text ? text : "";
  }
}
