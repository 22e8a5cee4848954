package io.loda.common.metric;

/**
 * Reads metrics of which each is a line. A bad line costs only itself. One thread at a time; it may
 * be used again and again, and is faster then.
 */
public interface LineReader {

  /**
   * Reads a part of an array. The last line needs no line break. Blank lines say nothing.
   *
   * @param firstLine the number of the first line, for what is refused
   */
  void read(byte[] text, int from, int to, long firstLine, MetricHandler handler);
}
