package io.loda.agent.pipeline;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A named, tagged and stamped value, ready to be encoded.
 *
 * @param tags sorted by key; no empty key or value
 * @param timestamp seconds
 * @param value a finite {@link Number}, a {@link Boolean} or a {@link String}: the field {@code
 *     value}
 */
record Point(String measurement, SortedMap<String, String> tags, long timestamp, Object value) {

  Point {
    tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
  }
}
