package io.loda.agent.source;

/** A set of numbers in about 16 bytes each. One thread. */
final class LongSet {

  private static final int FIRST_SIZE = 16;

  /** Zero: free. */
  private long[] slots = new long[FIRST_SIZE];

  private int size;

  int size() {
    return size;
  }

  boolean contains(long number) {
    return slots[slot(slots, number == 0 ? 1 : number)] != 0;
  }

  void add(long number) {
    long nonZero = number == 0 ? 1 : number;
    int slot = slot(slots, nonZero);
    if (slots[slot] != 0) {
      return;
    }
    slots[slot] = nonZero;
    if (++size * 2 > slots.length) {
      long[] more = new long[slots.length * 2];
      for (long old : slots) {
        if (old != 0) {
          more[slot(more, old)] = old;
        }
      }
      slots = more;
    }
  }

  void clear() {
    slots = new long[FIRST_SIZE];
    size = 0;
  }

  private static int slot(long[] slots, long number) {
    int slot = (int) (number ^ (number >>> 32)) & (slots.length - 1);
    while (slots[slot] != 0 && slots[slot] != number) {
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }
}
