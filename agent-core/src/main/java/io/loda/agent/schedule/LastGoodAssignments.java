package io.loda.agent.schedule;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry's last good answers, in a folder, so that a start without a registry collects what
 * was collected before: {@code namespaces.json}, and {@code <ns>.items.json} as the registry
 * answered it. Blocks: worker threads only, one at a time.
 */
final class LastGoodAssignments {

  private static final Logger LOG = LoggerFactory.getLogger(LastGoodAssignments.class);
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path folder;
  private Known saved = new Known(Map.of(), Map.of());

  LastGoodAssignments(Path folder) {
    this.folder = folder;
  }

  /**
   * What is known.
   *
   * @param namespaces with what the registry calls each
   * @param items by namespace: a JSON list
   */
  record Known(Map<String, String> namespaces, Map<String, String> items) {

    Known {
      namespaces = Map.copyOf(namespaces);
      items = Map.copyOf(items);
    }
  }

  /**
   * What was saved; nothing where nothing was. A broken file is as good as none, and costs its own
   * namespace only.
   */
  Known load() {
    Map<String, String> namespaces = new TreeMap<>();
    Map<String, String> items = new TreeMap<>();
    JsonNode index = read(folder.resolve("namespaces.json"), JsonNode::isObject);
    if (index != null) {
      index
          .properties()
          .forEach(entry -> namespaces.put(entry.getKey(), entry.getValue().asText("")));
    }
    for (String namespace : namespaces.keySet()) {
      JsonNode list = read(file(namespace), JsonNode::isArray);
      if (list != null) {
        items.put(namespace, list.toString());
      }
    }
    saved = new Known(namespaces, items);
    return saved;
  }

  private static @Nullable JsonNode read(Path file, Predicate<JsonNode> expected) {
    if (!Files.exists(file)) {
      return null;
    }
    try {
      JsonNode json = MAPPER.readTree(Files.readString(file));
      if (expected.test(json)) {
        return json;
      }
      LOG.warn("{}: the registry's last answer is broken, and left out", file);
    } catch (IOException e) {
      LOG.warn("{}: the registry's last answer can't be read: {}", file, e.toString());
    }
    return null;
  }

  /** Saves what differs from what is saved; after a failure the next call tries it all again. */
  void save(Known now) throws IOException {
    Known before = saved;
    for (Map.Entry<String, String> entry : now.items().entrySet()) {
      if (!entry.getValue().equals(before.items().get(entry.getKey()))) {
        StateFiles.write(file(entry.getKey()), entry.getValue());
      }
    }
    if (!now.namespaces().equals(before.namespaces())) {
      ObjectNode index = MAPPER.createObjectNode();
      new TreeMap<>(now.namespaces()).forEach(index::put);
      StateFiles.write(folder.resolve("namespaces.json"), index.toString());
    }
    for (String namespace : before.items().keySet()) {
      if (!now.items().containsKey(namespace)) {
        Files.deleteIfExists(file(namespace));
      }
    }
    saved = now;
  }

  private Path file(String namespace) {
    return folder.resolve(namespace + ".items.json");
  }
}
