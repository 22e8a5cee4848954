package io.loda.server.store.dump;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * The names of the files of a dump.
 *
 * @param dump the name of the dump itself
 */
record Names(String dump) {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /** The suffix of damaged files and of other users' files. */
  static final String BAD = "bad";

  /** The suffix of files that the server was told not to read. */
  static final String OLD = "old";

  String next() {
    return dump + ".next";
  }

  String lock() {
    return dump + ".lock";
  }

  List<String> journals() {
    return List.of(dump + ".journal-a", dump + ".journal-b");
  }

  /** Returns the names of the files that contain metrics. */
  List<String> all() {
    return List.of(dump, journals().get(0), journals().get(1));
  }

  /** Returns the name of the other journal. */
  String otherJournal(String journal) {
    List<String> both = journals();
    return both.get(both.get(0).equals(journal) ? 1 : 0);
  }

  /**
   * Renames a file to a new name that says why it isn't used.
   *
   * @return the new name
   */
  static String putAside(Disk disk, String name, String why, Instant now) throws IOException {
    String timed = name + '.' + why + '-' + TIME.format(now);
    String free = timed;
    for (int i = 2; disk.has(free); i++) {
      free = timed + '-' + i;
    }
    disk.rename(name, free);
    return free;
  }
}
