package io.loda.agent.pipeline;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A named, tagged and stamped measurement while it is put together; used again for the next one.
 * Tags are sorted by key. Not for several threads.
 */
final class PointDraft {

  /** What a field's value is. */
  enum Kind {
    LONG,
    DOUBLE,
    FLAG,
    TEXT
  }

  private static final int FIRST = 8;

  String prefix = "";
  String name = "";

  /** Seconds. */
  long timestamp;

  int tags;
  String[] tagKeys = new String[FIRST];
  String[] tagValues = new String[FIRST];

  int fields;
  String[] fieldKeys = new String[FIRST];
  Kind[] kinds = new Kind[FIRST];

  /** A long, the bits of a double, or 1 for true. */
  long[] bits = new long[FIRST];

  @Nullable String[] texts = new String[FIRST];

  void clear(String newPrefix) {
    prefix = newPrefix;
    name = "";
    timestamp = 0;
    tags = 0;
    fields = 0;
  }

  /** Where a tag is, or −1 − where it would be. */
  int findTag(String key) {
    // few, and mostly in their order: from the end
    int at = tags;
    while (at > 0) {
      int order = tagKeys[at - 1].compareTo(key);
      if (order == 0) {
        return at - 1;
      }
      if (order < 0) {
        break;
      }
      at--;
    }
    return -1 - at;
  }

  void tag(String key, String value) {
    int at = findTag(key);
    if (at < 0) {
      at = -1 - at;
      if (tags == tagKeys.length) {
        tagKeys = Arrays.copyOf(tagKeys, tags * 2);
        tagValues = Arrays.copyOf(tagValues, tags * 2);
      }
      System.arraycopy(tagKeys, at, tagKeys, at + 1, tags - at);
      System.arraycopy(tagValues, at, tagValues, at + 1, tags - at);
      tags++;
      tagKeys[at] = key;
    }
    tagValues[at] = value;
  }

  void field(String key, Kind kind, long value, @Nullable String text) {
    int at = 0;
    while (at < fields && !fieldKeys[at].equals(key)) {
      at++;
    }
    if (at == fields) {
      if (fields == fieldKeys.length) {
        fieldKeys = Arrays.copyOf(fieldKeys, fields * 2);
        kinds = Arrays.copyOf(kinds, fields * 2);
        bits = Arrays.copyOf(bits, fields * 2);
        texts = Arrays.copyOf(texts, fields * 2);
      }
      fields++;
      fieldKeys[at] = key;
    }
    kinds[at] = kind;
    bits[at] = value;
    texts[at] = text;
  }
}
