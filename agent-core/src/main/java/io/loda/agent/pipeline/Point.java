package io.loda.agent.pipeline;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A named, tagged and stamped measurement, ready to be encoded.
 *
 * @param tags sorted by key; no empty key or value
 * @param timestamp seconds
 * @param fields at least one, in the order they are written; a finite {@link Number}, a {@link
 *     Boolean} or a {@link String} each
 */
record Point(
    String measurement,
    SortedMap<String, String> tags,
    long timestamp,
    Map<String, Object> fields) {

  Point {
    tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
  }
}
