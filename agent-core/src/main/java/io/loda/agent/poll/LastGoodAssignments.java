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
 * The registry's last good answers, in a folder, so that a start without a registry collects what
 * was collected before: {@code namespaces.json}, and {@code <ns>.items.json} as the registry
 * answered it, with the last good item in the place of each that is wrong. Blocks: worker threads
 * only, one at a time.
 */
final class LastGoodAssignments {

  private static final Logger LOG = LoggerFactory.getLogger(LastGoodAssignments.class);
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path folder;
  private final long maxBytes;
  private final Reader reader;
  private Map<String, String> savedNamespaces = Map.of();

  /** By namespace, the digest of the answer that its file is of. */
  private final Map<String, String> savedItems = new HashMap<>();

  /** By namespace, when its file was last found to be the registry's answer. */
  private final Map<String, Instant> answered = new HashMap<>();

  /**
   * Answers.
   *
   * @param maxBytes that one may have: a larger one, of an agent with other bounds, is left out
   */
  LastGoodAssignments(Path folder, long maxBytes, Reader reader) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.reader = reader;
  }

  /** Reads a namespace's items. */
  interface Reader {

    /**
     * What they say.
     *
     * @param before gives the last list that was taken, where there was one
     * @throws IllegalArgumentException where they can't be read, or there is no memory for them
     */
    AssignmentParser.Parsed read(
        String namespace, ItemList list, Supplier<@Nullable ItemList> before);
  }

  /**
   * A namespace's items.
   *
   * @param digest of the answer that they are from, which itself isn't kept in memory
   */
  record Items(AssignmentParser.Parsed parsed, String digest) {}

  /**
   * What is known.
   *
   * @param namespaces with what the registry calls each
   * @param items by namespace
   */
  record Known(Map<String, String> namespaces, Map<String, Items> items) {

    Known {
      namespaces = Map.copyOf(namespaces);
      items = Map.copyOf(items);
    }
  }

  /** Reads items as the registry answered them; the last good one of those that are wrong. */
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

  /**
   * What was saved; nothing where nothing was. A broken file is as good as none, and costs its own
   * namespace only.
   */
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
          LOG.warn("{}: the registry's last answer is left out: {}", file, e.getMessage());
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
      LOG.debug("{}: when it was written isn't known: {}", file, e.toString());
    }
  }

  /** By namespace, when the registry last answered what {@link #load} found. */
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
      LOG.warn("{}: the registry's last answer is broken, and left out", file);
    } catch (JsonProcessingException e) {
      LOG.warn("{}: the registry's last answer can't be read: {}", file, e.getOriginalMessage());
    } catch (IOException e) {
      LOG.warn("{}: the registry's last answer can't be read: {}", file, e.toString());
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
          "{}: the registry's last answer is larger than {} bytes (registry.max-answer), and left"
              + " out",
          file,
          maxBytes);
    } catch (IOException e) {
      LOG.warn("{}: the registry's last answer can't be read: {}", file, e.toString());
    }
    return null;
  }

  /**
   * Saves a namespace's items where they differ from what is saved. The file's time says when they
   * were last answered.
   */
  void save(String namespace, Items items, ItemList list) throws IOException {
    Path file = file(namespace);
    if (items.digest().equals(savedItems.get(namespace)) && Files.exists(file)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return;
    }
    // until it is done nobody knows what is there
    savedItems.remove(namespace);
    byte[] text = KeptItem.replaced(list, items.parsed().kept());
    // one that is larger than an answer may be wouldn't be read again
    OwnFiles.replace(file, text.length > maxBytes ? list.toBytes() : text);
    savedItems.put(namespace, items.digest());
  }

  /**
   * Saves which namespaces there are, and removes those of others.
   *
   * @param withItems those of which there are items
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
