package io.loda.common.metric;

/**
 * Reads metrics, one on each line. A bad line costs only itself. One thread at a time; a reused
 * reader is faster.
 */
public interface LineReader {

  /**
   * Reads a part of an array. The last line needs no line break. Blank lines are skipped.
   *
   * @param firstLine the number of the first line, for errors
   */
  void read(byte[] text, int from, int to, long firstLine, MetricHandler handler);
}
