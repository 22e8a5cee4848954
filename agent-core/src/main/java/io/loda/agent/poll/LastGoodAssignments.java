package io.loda.agent.poll;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.ItemList;
import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry's last good answers, in memory as assignments and on disk as text, so that a start
 * without the registry collects the same as before: {@code namespaces.json}, and a {@link
 * LastGoodList} a namespace, {@code <ns>.items.json}. Blocks: worker threads only, one at a time.
 */
final class LastGoodAssignments {

  private static final Logger LOG = LoggerFactory.getLogger(LastGoodAssignments.class);
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Path folder;
  private final long maxBytes;
  private final int maxItems;
  private final AssignmentParser parser;
  private final RegistryMemory memory;
  private final Map<String, LastGoodList> lists = new HashMap<>();
  private Map<String, String> savedNamespaces = Map.of();

  /** The namespaces whose files are to be deleted. */
  private final Set<String> gone = new HashSet<>();

  /** By namespace, when the registry last gave the saved answer. */
  private final Map<String, Instant> answered = new HashMap<>();

  /**
   * @param maxBytes of one file
   * @param maxItems of a namespace
   * @param memory of what is assigned, and of what is in force and can't be saved
   */
  LastGoodAssignments(
      Path folder, long maxBytes, int maxItems, AssignmentParser parser, RegistryMemory memory) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.maxItems = maxItems;
    this.parser = parser;
    this.memory = memory;
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
  record KnownAnswers(Map<String, String> namespaces, Map<String, Items> items) {

    KnownAnswers {
      namespaces = Map.copyOf(namespaces);
      items = Map.copyOf(items);
    }
  }

  private LastGoodList list(String namespace) {
    return lists.computeIfAbsent(
        namespace, unused -> new LastGoodList(file(namespace), maxBytes, maxItems, memory));
  }

  private Path file(String namespace) {
    return folder.resolve(namespace + ".items.json");
  }

  /**
   * Parses the registry's items; a wrong one is replaced by the last good one. Their memory is
   * taken until {@link #forget}.
   *
   * @throws IllegalArgumentException when they need too much memory
   */
  Items read(String namespace, ItemList items) {
    long[] taken = {0};
    try {
      AssignmentParser.Parsed parsed =
          parser.parse(
              namespace,
              items,
              list(namespace)::inForce,
              bytes -> {
                memory.take(bytes);
                taken[0] += bytes;
              });
      taken[0] -= parsed.heldBytes();
      return new Items(parsed, items.digest());
    } finally {
      // give back what parsing took beyond the result, or all if it failed
      memory.give(taken[0]);
    }
  }

  /** Gives back the memory of items that aren't in force. */
  void forget(Items items) {
    memory.give(items.parsed().heldBytes());
  }

  /** Loads what was saved. A broken file is ignored, and only its own namespace lacks its items. */
  KnownAnswers load() {
    Map<String, String> namespaces = new TreeMap<>();
    Map<String, Items> items = new TreeMap<>();
    JsonNode index = index();
    if (index != null) {
      index
          .properties()
          .forEach(entry -> namespaces.put(entry.getKey(), entry.getValue().asText("")));
    }
    savedNamespaces = Map.copyOf(namespaces);
    Set<String> invalid = new TreeSet<>(namespaces.keySet());
    invalid.removeIf(NamespaceNames::isName);
    if (!invalid.isEmpty()) {
      LOG.warn("registry: saved namespaces ignored: {}", NamespaceNames.problem(invalid));
      namespaces.keySet().removeAll(invalid);
    }
    for (String namespace : namespaces.keySet()) {
      LastGoodList list = list(namespace);
      try {
        ItemList saved = list.load();
        if (saved != null) {
          items.put(namespace, read(namespace, saved));
          list.loaded(saved);
          noteAnswered(namespace);
        }
      } catch (IllegalArgumentException e) {
        LOG.warn("registry: saved answer {} ignored: {}", file(namespace), e.getMessage());
      }
    }
    return new KnownAnswers(namespaces, items);
  }

  private void noteAnswered(String namespace) {
    Path file = file(namespace);
    try {
      answered.put(namespace, Files.getLastModifiedTime(file).toInstant());
    } catch (IOException e) {
      LOG.debug("registry: read of the time of {} failed: {}", file, FileReason.of(e));
    }
  }

  /** By namespace, when the registry last gave the answer that {@link #load} found. */
  Map<String, Instant> answered() {
    return Map.copyOf(answered);
  }

  private @Nullable JsonNode index() {
    Path file = folder.resolve("namespaces.json");
    byte[] text = LastGoodList.bytes(file, maxBytes);
    try {
      JsonNode json = text == null ? null : MAPPER.readTree(text);
      if (json == null || json.isObject()) {
        return json;
      }
      LOG.warn("registry: saved answer {} ignored: it isn't a JSON object", file);
    } catch (JsonProcessingException e) {
      LOG.warn("registry: read of saved answer {} failed: {}", file, e.getOriginalMessage());
    } catch (IOException e) {
      LOG.warn("registry: read of saved answer {} failed: {}", file, FileReason.of(e));
    }
    return null;
  }

  /**
   * Puts a namespace's items in force, and saves them if they changed.
   *
   * @return what a restart loses all the same, in words; empty where nothing
   * @throws IOException where they couldn't be saved; they are in force all the same
   * @throws IllegalArgumentException when there is room for them neither on disk nor in memory
   */
  String save(String namespace, Items items, ItemList list) throws IOException {
    return list(namespace).save(list, items.parsed().kept());
  }

  /**
   * Saves the namespaces, and deletes the files of others.
   *
   * @param withItems the namespaces that have items
   */
  void save(Map<String, String> namespaces, Set<String> withItems) throws IOException {
    gone.removeAll(withItems);
    for (String namespace : Set.copyOf(lists.keySet())) {
      if (!withItems.contains(namespace) && list(namespace).end()) {
        gone.add(namespace);
      }
    }
    lists.keySet().retainAll(withItems);
    if (!namespaces.equals(savedNamespaces)) {
      ObjectNode index = MAPPER.createObjectNode();
      new TreeMap<>(namespaces).forEach(index::put);
      OwnFiles.replace(folder.resolve("namespaces.json"), index.toString());
    }
    for (String namespace : Set.copyOf(gone)) {
      Files.deleteIfExists(file(namespace));
      gone.remove(namespace);
    }
    savedNamespaces = Map.copyOf(namespaces);
  }
}
