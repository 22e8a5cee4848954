package io.loda.agent.schedule;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loda.agent.assignment.AssignmentParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
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
  private final long maxBytes;
  private final BiConsumer<String, String> check;
  private Known saved = new Known(Map.of(), Map.of());

  LastGoodAssignments(Path folder) {
    this(folder, 4 << 20, new AssignmentParser(Duration.ofSeconds(1))::parse);
  }

  /**
   * Answers.
   *
   * @param maxBytes that one may have: a larger one, of an agent with other bounds, is left out
   * @param check throws {@link IllegalArgumentException} for a namespace's items that can't be read
   */
  LastGoodAssignments(Path folder, long maxBytes, BiConsumer<String, String> check) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.check = check;
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
      Path file = file(namespace);
      String list = text(file);
      if (list != null) {
        try {
          check.accept(namespace, list);
          items.put(namespace, list);
        } catch (IllegalArgumentException e) {
          LOG.warn("{}: the registry's last answer is left out: {}", file, e.getMessage());
        }
      }
    }
    saved = new Known(namespaces, items);
    return saved;
  }

  private @Nullable JsonNode read(Path file, Predicate<JsonNode> expected) {
    String text = text(file);
    try {
      JsonNode json = text == null ? null : MAPPER.readTree(text);
      if (json == null || expected.test(json)) {
        return json;
      }
      LOG.warn("{}: the registry's last answer is broken, and left out", file);
    } catch (IOException e) {
      LOG.warn("{}: the registry's last answer can't be read: {}", file, e.toString());
    }
    return null;
  }

  private @Nullable String text(Path file) {
    try {
      if (!Files.exists(file)) {
        return null;
      }
      if (Files.size(file) <= maxBytes) {
        return Files.readString(file);
      }
      LOG.warn(
          "{}: the registry's last answer is larger than {} bytes (registry.max-answer), and left"
              + " out",
          file,
          maxBytes);
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
