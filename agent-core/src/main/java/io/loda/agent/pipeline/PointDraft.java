package io.loda.agent.pipeline;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A point that is being built; reused for the next. Tags are sorted by key. Not thread-safe. */
final class PointDraft {

  enum FieldType {
    LONG,
    DOUBLE,
    FLAG,
    TEXT,

    /** A JSON string, which may be meant as a number or a boolean. */
    STRING
  }

  private static final int FIRST = 8;

  /** Up to this many fields are searched linearly; more are in a map. */
  private static final int FEW = 16;

  String prefix = "";
  String name = "";

  /** Seconds. */
  long timestamp;

  int tags;
  String[] tagKeys = new String[FIRST];
  String[] tagValues = new String[FIRST];

  int fields;
  String[] fieldKeys = new String[FIRST];
  FieldType[] kinds = new FieldType[FIRST];

  /** A long, the bits of a double, or 1 for true. */
  long[] bits = new long[FIRST];

  @Nullable String[] texts = new String[FIRST];

  private final Map<String, Integer> places = new HashMap<>();

  void clear(String newPrefix) {
    prefix = newPrefix;
    name = "";
    timestamp = 0;
    tags = 0;
    if (fields > FEW) {
      places.clear();
    }
    fields = 0;
  }

  /** Returns the index of a tag, or −1 − the index at which to insert it. */
  int findTag(String key) {
    // tags mostly arrive in order
    int order = tags == 0 ? -1 : tagKeys[tags - 1].compareTo(key);
    if (order <= 0) {
      return order == 0 ? tags - 1 : -1 - tags;
    }
    return Arrays.binarySearch(tagKeys, 0, tags, key);
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

  /** Returns the index of a field; that of the next new field if there is none of this key. */
  int findField(String key) {
    if (fields <= FEW) {
      int at = 0;
      while (at < fields && !fieldKeys[at].equals(key)) {
        at++;
      }
      return at;
    }
    if (places.size() < fields) {
      for (int i = 0; i < FEW; i++) {
        places.put(fieldKeys[i], i);
      }
    }
    return places.getOrDefault(key, fields);
  }

  void field(String key, FieldType kind, long value, @Nullable String text) {
    int at = findField(key);
    if (at == fields) {
      if (fields == fieldKeys.length) {
        fieldKeys = Arrays.copyOf(fieldKeys, fields * 2);
        kinds = Arrays.copyOf(kinds, fields * 2);
        bits = Arrays.copyOf(bits, fields * 2);
        texts = Arrays.copyOf(texts, fields * 2);
      }
      fields++;
      fieldKeys[at] = key;
      if (fields > FEW) {
        places.put(key, at);
      }
    }
    kinds[at] = kind;
    bits[at] = value;
    texts[at] = text;
  }
}
