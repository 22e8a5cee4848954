package io.loda.agent.poll;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.ItemList;
import io.loda.agent.assignment.KeptItem;
import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the registry's last good answers, so that a start without the registry collects the same as
 * before: {@code namespaces.json}, and {@code <ns>.items.json} as the registry sent it, with each
 * wrong item replaced by its last good one. Blocks: worker threads only, one at a time.
 */
final class LastGoodAssignments {

  private static final Logger LOG = LoggerFactory.getLogger(LastGoodAssignments.class);
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path folder;
  private final long maxBytes;
  private final Reader reader;
  private Map<String, String> savedNamespaces = Map.of();

  /** By namespace, the digest of the saved answer. */
  private final Map<String, String> savedItems = new HashMap<>();

  /** By namespace, when the registry last gave the saved answer. */
  private final Map<String, Instant> answered = new HashMap<>();

  /**
   * @param maxBytes of one file: a larger one, of an agent with other bounds, is ignored
   */
  LastGoodAssignments(Path folder, long maxBytes, Reader reader) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.reader = reader;
  }

  /** Parses a namespace's items. */
  interface Reader {

    /**
     * Parses the items.
     *
     * @param before returns the last good list, if there is one
     * @throws IllegalArgumentException when they are malformed, or need too much memory
     */
    AssignmentParser.Parsed read(
        String namespace, ItemList list, Supplier<@Nullable ItemList> before);
  }

  /**
   * A namespace's items.
   *
   * @param digest of the answer, which itself isn't kept in memory
   */
  record Items(AssignmentParser.Parsed parsed, String digest) {}

  /**
   * The answers in force.
   *
   * @param namespaces with the registry's id of each
   * @param items by namespace
   */
  record Known(Map<String, String> namespaces, Map<String, Items> items) {

    Known {
      namespaces = Map.copyOf(namespaces);
      items = Map.copyOf(items);
    }
  }

  /** Parses the registry's items; a wrong one is replaced by the last good one. */
  Items read(String namespace, ItemList list) {
    return read(
        namespace,
        list,
        () -> {
          byte[] saved = bytes(file(namespace));
          return saved == null ? null : new ItemList(saved, 0, saved.length);
        });
  }

  private Items read(String namespace, ItemList list, Supplier<@Nullable ItemList> before) {
    return new Items(reader.read(namespace, list, before), list.digest());
  }

  /** Loads what was saved. A broken file is ignored, and only its own namespace lacks its items. */
  Known load() {
    Map<String, String> namespaces = new TreeMap<>();
    Map<String, Items> items = new TreeMap<>();
    JsonNode index = index();
    if (index != null) {
      index
          .properties()
          .forEach(entry -> namespaces.put(entry.getKey(), entry.getValue().asText("")));
    }
    for (String namespace : namespaces.keySet()) {
      Path file = file(namespace);
      byte[] text = bytes(file);
      if (text != null) {
        try {
          Items read = read(namespace, new ItemList(text, 0, text.length), () -> null);
          items.put(namespace, read);
          savedItems.put(namespace, read.digest());
          noteAnswered(namespace, file);
        } catch (IllegalArgumentException e) {
          LOG.warn("registry: saved answer {} ignored: {}", file, e.getMessage());
        }
      }
    }
    savedNamespaces = Map.copyOf(namespaces);
    return new Known(namespaces, items);
  }

  private void noteAnswered(String namespace, Path file) {
    try {
      answered.put(namespace, Files.getLastModifiedTime(file).toInstant());
    } catch (IOException e) {
      LOG.debug("registry: read of the time of {} failed: {}", file, e.toString());
    }
  }

  /** By namespace, when the registry last gave the answer that {@link #load} found. */
  Map<String, Instant> answered() {
    return Map.copyOf(answered);
  }

  private @Nullable JsonNode index() {
    Path file = folder.resolve("namespaces.json");
    byte[] text = bytes(file);
    try {
      JsonNode json = text == null ? null : MAPPER.readTree(text);
      if (json == null || json.isObject()) {
        return json;
      }
      LOG.warn("registry: saved answer {} ignored: it isn't a JSON object", file);
    } catch (JsonProcessingException e) {
      LOG.warn("registry: read of saved answer {} failed: {}", file, e.getOriginalMessage());
    } catch (IOException e) {
      LOG.warn("registry: read of saved answer {} failed: {}", file, e.toString());
    }
    return null;
  }

  private byte @Nullable [] bytes(Path file) {
    try {
      if (!Files.exists(file)) {
        return null;
      }
      if (Files.size(file) <= maxBytes) {
        return Files.readAllBytes(file);
      }
      LOG.warn(
          "registry: saved answer {} ignored: larger than {} bytes (registry.max-answer)",
          file,
          maxBytes);
    } catch (IOException e) {
      LOG.warn("registry: read of saved answer {} failed: {}", file, e.toString());
    }
    return null;
  }

  /**
   * Saves a namespace's items if they changed. The file's time is when the registry last sent them.
   */
  void save(String namespace, Items items, ItemList list) throws IOException {
    Path file = file(namespace);
    if (items.digest().equals(savedItems.get(namespace)) && Files.exists(file)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return;
    }
    // until the write is done the file's content is unknown
    savedItems.remove(namespace);
    byte[] text = KeptItem.replaced(list, items.parsed().kept());
    // a file over the bound would be ignored when it is loaded
    OwnFiles.replace(file, text.length > maxBytes ? list.toBytes() : text);
    savedItems.put(namespace, items.digest());
  }

  /**
   * Saves the namespaces, and deletes the files of others.
   *
   * @param withItems the namespaces that have items
   */
  void save(Map<String, String> namespaces, Set<String> withItems) throws IOException {
    if (!namespaces.equals(savedNamespaces)) {
      ObjectNode index = MAPPER.createObjectNode();
      new TreeMap<>(namespaces).forEach(index::put);
      OwnFiles.replace(folder.resolve("namespaces.json"), index.toString());
    }
    for (String namespace : Set.copyOf(savedItems.keySet())) {
      if (!withItems.contains(namespace)) {
        Files.deleteIfExists(file(namespace));
        savedItems.remove(namespace);
      }
    }
    savedNamespaces = Map.copyOf(namespaces);
  }

  private Path file(String namespace) {
    return folder.resolve(namespace + ".items.json");
  }
}
