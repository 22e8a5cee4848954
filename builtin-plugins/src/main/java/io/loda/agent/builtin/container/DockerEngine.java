package io.loda.agent.builtin.container;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.loda.agent.builtin.kit.HostTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Docker, or Podman if it listens in Docker's place: the Engine API on its unix socket. */
final class DockerEngine implements ContainerEngine {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int MOST_BYTES = 8 << 20;
  private static final JsonFactory JSON = new JsonFactory();

  private final Path socket;

  DockerEngine(HostTrees host) {
    this.socket = host.resolve("/run/docker.sock");
  }

  @Override
  public Map<String, Container> containers(Set<String> ids) throws IOException {
    if (!Files.exists(socket)) {
      return Map.of();
    }
    String answer = UnixHttp.get(socket, "/containers/json", TIMEOUT, MOST_BYTES);
    try (JsonParser json = JSON.createParser(answer)) {
      if (json.nextToken() == JsonToken.START_ARRAY) {
        return byId(json);
      }
    } catch (JsonProcessingException e) {
      throw new IOException(
          socket + " doesn't answer with JSON: " + e.getOriginalMessage() + " at " + at(e), e);
    }
    throw new IOException(socket + " doesn't answer with a list of containers");
  }

  private static Map<String, Container> byId(JsonParser json) throws IOException {
    Map<String, Container> containers = new HashMap<>();
    for (JsonToken token; (token = json.nextToken()) != JsonToken.END_ARRAY; ) {
      if (token == JsonToken.START_OBJECT) {
        add(json, containers);
      } else {
        json.skipChildren();
      }
    }
    if (json.nextToken() != null) {
      throw new JsonParseException(json, "expected the end");
    }
    return containers;
  }

  private static void add(JsonParser json, Map<String, Container> containers) throws IOException {
    String id = "";
    String name = "";
    String image = "";
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      JsonToken value = json.nextToken();
      if (field.equals("Names") && value == JsonToken.START_ARRAY) {
        name = name(json);
      } else if (field.equals("Id") && value == JsonToken.VALUE_STRING) {
        id = json.getText();
      } else if (field.equals("Image") && value == JsonToken.VALUE_STRING) {
        image = json.getText();
      } else {
        json.skipChildren();
      }
    }
    if (!id.isEmpty()) {
      containers.put(id, new Container(name, image));
    }
  }

  /** Returns the name without an inner slash: the others are names of links to it. */
  private static String name(JsonParser json) throws IOException {
    String found = "";
    for (JsonToken token; (token = json.nextToken()) != JsonToken.END_ARRAY; ) {
      if (token != JsonToken.VALUE_STRING) {
        json.skipChildren();
      } else if (found.isEmpty() && json.getText().lastIndexOf('/') <= 0) {
        found = json.getText().startsWith("/") ? json.getText().substring(1) : json.getText();
      }
    }
    return found;
  }

  private static long at(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : e.getLocation().getCharOffset();
  }
}
