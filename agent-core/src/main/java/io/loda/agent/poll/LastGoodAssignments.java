package io.loda.agent.poll;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.ItemList;
import io.loda.agent.assignment.KeptItem;
import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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

  /** How many names a log line has. */
  private static final int SHOWN = 5;

  private final Path folder;
  private final long maxBytes;
  private final Reader reader;
  private final RegistryMemory memory;
  private Map<String, String> savedNamespaces = Map.of();
  private final Map<String, InForce> inForce = new HashMap<>();

  /** The namespaces whose files are to be deleted. */
  private final Set<String> gone = new HashSet<>();

  /** By namespace, when the registry last gave the saved answer. */
  private final Map<String, Instant> answered = new HashMap<>();

  /**
   * @param maxBytes of one file: a larger one, of an agent with other bounds, is ignored
   * @param memory of what is in force and can't be saved
   */
  LastGoodAssignments(Path folder, long maxBytes, Reader reader, RegistryMemory memory) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.reader = reader;
    this.memory = memory;
  }

  /**
   * A list in force, with the last good item in the place of each that is wrong. What goes on is
   * always of this one: a file that couldn't be written has items that ended.
   *
   * @param answer the digest of the registry's answer
   * @param text the digest of the list
   * @param held the list, where the file doesn't have it
   * @param lost what a restart loses, in words; empty where nothing
   */
  private record InForce(
      String answer, String text, @Nullable ItemList held, boolean written, String lost) {}

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
    return read(namespace, list, () -> before(namespace));
  }

  private @Nullable ItemList before(String namespace) {
    InForce now = inForce.get(namespace);
    if (now == null || now.held() != null) {
      return now == null ? null : now.held();
    }
    byte[] saved = bytes(file(namespace));
    ItemList list = saved == null ? null : new ItemList(saved, 0, saved.length);
    return list != null && list.digest().equals(now.text()) ? list : null;
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
    savedNamespaces = Map.copyOf(namespaces);
    Set<String> invalid = new TreeSet<>(namespaces.keySet());
    invalid.removeIf(NamespaceNames::isName);
    if (!invalid.isEmpty()) {
      LOG.warn("registry: saved namespaces ignored: {}", NamespaceNames.problem(invalid));
      namespaces.keySet().removeAll(invalid);
    }
    for (String namespace : namespaces.keySet()) {
      Path file = file(namespace);
      byte[] text = bytes(file);
      if (text != null) {
        try {
          Items read = read(namespace, new ItemList(text, 0, text.length), () -> null);
          items.put(namespace, read);
          inForce.put(namespace, new InForce(read.digest(), read.digest(), null, true, ""));
          noteAnswered(namespace, file);
        } catch (IllegalArgumentException e) {
          LOG.warn("registry: saved answer {} ignored: {}", file, e.getMessage());
        }
      }
    }
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
      return SafeFiles.readBytes(file, (int) Math.min(maxBytes, Integer.MAX_VALUE));
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      LOG.warn(
          "registry: saved answer {} ignored: {}; expected a file of at most {} bytes"
              + " (registry.max-answer)",
          file,
          FileReason.of(e),
          maxBytes);
      return null;
    }
  }

  /**
   * Saves a namespace's items if they changed. The file's time is when the registry last sent them.
   *
   * @return what a restart loses all the same, in words; empty where nothing
   * @throws IOException where they couldn't be saved; what goes on is of them all the same
   * @throws IllegalArgumentException when there is room for them neither on disk nor in memory
   */
  String save(String namespace, Items items, ItemList list) throws IOException {
    Path file = file(namespace);
    InForce now = inForce.get(namespace);
    boolean same = now != null && now.answer().equals(items.digest());
    if (now != null && same && now.written() && Files.exists(file)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return now.lost();
    }
    byte[] bytes = KeptItem.replaced(list, items.parsed().kept());
    ItemList text = new ItemList(bytes, 0, bytes.length);
    // a file over the bound would be ignored when it is loaded
    boolean fits = bytes.length <= maxBytes;
    ItemList held = now != null && same ? now.held() : null;
    if (!fits && held == null) {
      held = held(text);
    }
    String lost = fits ? "" : lost(items.parsed().kept());
    try {
      OwnFiles.replace(file, fits ? bytes : list.toBytes());
    } catch (IOException e) {
      held = held == null ? held(text) : held;
      put(namespace, new InForce(items.digest(), text.digest(), held, false, lost));
      throw e;
    }
    held = fits ? null : held;
    put(namespace, new InForce(items.digest(), text.digest(), held, true, lost));
    return lost;
  }

  private ItemList held(ItemList text) {
    memory.take(text.length());
    return text;
  }

  private void put(String namespace, InForce now) {
    gone.remove(namespace);
    giveBack(inForce.put(namespace, now), now.held());
  }

  private void giveBack(@Nullable InForce before, @Nullable ItemList now) {
    ItemList held = before == null ? null : before.held();
    if (held != null && held != now) {
      memory.give(held.length());
    }
  }

  private String lost(List<KeptItem> kept) {
    String names =
        kept.stream().limit(SHOWN).map(one -> one.wrong().name()).collect(Collectors.joining(", "));
    return "with the last good ones of its wrong items it is larger than registry.max-answer ("
        + maxBytes
        + " bytes), so that a restart loses "
        + names
        + (kept.size() > SHOWN ? " and " + (kept.size() - SHOWN) + " more" : "")
        + "; mend these items, or raise registry.max-answer";
  }

  /**
   * Saves the namespaces, and deletes the files of others.
   *
   * @param withItems the namespaces that have items
   */
  void save(Map<String, String> namespaces, Set<String> withItems) throws IOException {
    for (String namespace : Set.copyOf(inForce.keySet())) {
      if (!withItems.contains(namespace)) {
        giveBack(inForce.remove(namespace), null);
        gone.add(namespace);
      }
    }
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

  private Path file(String namespace) {
    return folder.resolve(namespace + ".items.json");
  }
}
