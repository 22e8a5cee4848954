package io.loda.agent.poll;

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
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One namespace's list in force, with the last good item in the place of each that is wrong, and
 * its file. Where the file can't have it, it is held in memory: what goes on after an error is
 * always of the list in force, and a file that couldn't be written has items that ended. Blocks.
 *
 * <p>The file has the registry's own JSON, so that people can read it and copy it into the folder
 * of a directory registry.
 */
final class LastGoodList {

  private static final Logger LOG = LoggerFactory.getLogger(LastGoodList.class);

  /** How many names a log line has. */
  private static final int SHOWN = 5;

  private final Path file;
  private final long maxBytes;
  private final int maxItems;
  private final RegistryMemory memory;
  private @Nullable InForce inForce;

  /**
   * A list in force.
   *
   * @param answer the digest of the registry's answer
   * @param text the digest of the list
   * @param held the list's text, where the file doesn't have it
   * @param lost what a restart loses, in words; empty where nothing
   */
  private record InForce(
      String answer, String text, byte @Nullable [] held, boolean written, String lost) {}

  /**
   * Nothing is in force yet.
   *
   * @param maxBytes of the file: a larger one, of an agent with other bounds, is ignored
   * @param memory of what is in force and can't be saved
   */
  LastGoodList(Path file, long maxBytes, int maxItems, RegistryMemory memory) {
    this.file = file;
    this.maxBytes = maxBytes;
    this.maxItems = maxItems;
    this.memory = memory;
  }

  /**
   * Returns the file's list; null where there is none.
   *
   * @throws IllegalArgumentException when it isn't a list, or is too large
   */
  @Nullable ItemList load() {
    byte[] text = bytes(file, maxBytes);
    try {
      return text == null ? null : ItemList.of(text, maxItems);
    } catch (IOException e) {
      throw new IllegalArgumentException("expected a JSON list of items, found another text", e);
    }
  }

  /** Reads a file that the agent wrote; null where there is none, or none that can be used. */
  static byte @Nullable [] bytes(Path file, long maxBytes) {
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

  /** Puts in force what was loaded. */
  void loaded(ItemList list) {
    inForce = new InForce(list.digest(), list.digest(), null, true, "");
  }

  /** Returns the list in force; null where there is none, or its file was changed. */
  @Nullable ItemList inForce() {
    InForce now = inForce;
    byte[] text = now == null || now.held() != null ? null : bytes(file, maxBytes);
    if (now == null || (text != null && !ItemList.digest(text).equals(now.text()))) {
      return null;
    }
    byte[] held = now.held() == null ? text : now.held();
    try {
      return held == null ? null : ItemList.of(held, maxItems);
    } catch (IOException | IllegalArgumentException e) {
      // what can't be read is as good as none
      return null;
    }
  }

  /**
   * Puts a list in force, and saves it if it changed. The file's time is when the registry last
   * sent it.
   *
   * @param kept goes on in the place of wrong items
   * @return what a restart loses all the same, in words; empty where nothing
   * @throws IOException where it couldn't be saved; it is in force all the same
   * @throws IllegalArgumentException when there is room for it neither on disk nor in memory
   */
  String save(ItemList list, List<KeptItem> kept) throws IOException {
    String answer = list.digest();
    InForce now = inForce;
    boolean same = now != null && now.answer().equals(answer);
    if (now != null && same && now.written() && Files.exists(file)) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return now.lost();
    }
    byte[] text = list.with(kept);
    // a file over the bound would be ignored when it is loaded
    boolean fits = text.length <= maxBytes;
    String lost = fits ? "" : lost(kept);
    byte[] held = now != null && same ? now.held() : null;
    if (!fits && held == null) {
      held = hold(text, tooLarge());
    }
    try {
      OwnFiles.replace(file, fits ? text : list.with(List.of()));
    } catch (IOException e) {
      held = held == null ? hold(text, "save failed: " + FileReason.of(e)) : held;
      put(new InForce(answer, ItemList.digest(text), held, false, lost));
      throw e;
    }
    put(new InForce(answer, ItemList.digest(text), fits ? null : held, true, lost));
    return lost;
  }

  private byte[] hold(byte[] text, String why) {
    try {
      memory.take(text.length);
      return text;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          why + "; mend that, or make room to hold it in memory: " + e.getMessage(), e);
    }
  }

  private void put(@Nullable InForce now) {
    byte[] before = inForce == null ? null : inForce.held();
    if (before != null && (now == null || now.held() != before)) {
      memory.give(before.length);
    }
    inForce = now;
  }

  private String tooLarge() {
    return "with the last good ones of its wrong items it is larger than registry.max-answer ("
        + maxBytes
        + " bytes)";
  }

  private String lost(List<KeptItem> kept) {
    String names =
        kept.stream().limit(SHOWN).map(one -> one.wrong().name()).collect(Collectors.joining(", "));
    return tooLarge()
        + ", so that a restart loses "
        + names
        + (kept.size() > SHOWN ? " and " + (kept.size() - SHOWN) + " more" : "")
        + "; mend these items, or raise registry.max-answer";
  }

  /** Puts nothing in force; returns whether something was. */
  boolean end() {
    boolean was = inForce != null;
    put(null);
    return was;
  }
}
