package io.loda.agent.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry's last good answers, in a folder, so that a start without a registry collects what
 * was collected before: {@code namespaces.json}, and {@code <ns>.items.json} as the registry
 * answered it. Blocks: worker threads only, one at a time.
 */
final class LastGoodAssignments {

  private static final Logger LOG = LoggerFactory.getLogger(LastGoodAssignments.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path folder;

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

  /** What was saved; nothing where nothing was, and a broken file is as good as none. */
  Known load() {
    Map<String, String> namespaces = new TreeMap<>();
    Map<String, String> items = new TreeMap<>();
    Path index = folder.resolve("namespaces.json");
    if (Files.exists(index)) {
      try {
        for (Map.Entry<String, JsonNode> entry :
            MAPPER.readTree(Files.readString(index)).properties()) {
          namespaces.put(entry.getKey(), entry.getValue().asText(""));
        }
        for (String namespace : namespaces.keySet()) {
          Path file = file(namespace);
          if (Files.exists(file)) {
            items.put(namespace, Files.readString(file));
          }
        }
      } catch (IOException e) {
        LOG.warn("{}: the registry's last answers can't be read: {}", folder, e.toString());
      }
    }
    return new Known(namespaces, items);
  }

  /** Saves what changed since before. */
  void save(Known before, Known now) throws IOException {
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
  }

  private Path file(String namespace) {
    return folder.resolve(namespace + ".items.json");
  }
}
