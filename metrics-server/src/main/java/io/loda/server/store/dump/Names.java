package io.loda.server.store.dump;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * The names of the dump's files.
 *
 * @param dump the dump's own
 */
record Names(String dump) {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /** Of what can't be read or isn't ours. */
  static final String BAD = "bad";

  /** Of what isn't asked for. */
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

  /** Those that have what was stored. */
  List<String> all() {
    return List.of(dump, journals().get(0), journals().get(1));
  }

  /** The other one of the two. */
  String otherJournal(String journal) {
    List<String> both = journals();
    return both.get(both.get(0).equals(journal) ? 1 : 0);
  }

  /**
   * Gives a file a name that says why it isn't used, and that nothing has.
   *
   * @return that name
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
