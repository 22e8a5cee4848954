package io.loda.agent.builtin.process;

import io.loda.agent.builtin.kit.KernelText;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** The kernel's page size, which is 64 KiB on some ARM and POWER hosts. */
final class PageSize {
  static final long BYTES = of(Path.of("/proc/self/auxv"));

  private static final long USUAL = 4096;
  private static final long AT_PAGESZ = 6;
  private static final int MOST_BYTES = 4096;

  private PageSize() {}

  /** Reads the kernel's auxiliary vector of this process: pairs of a key and a value. */
  private static long of(Path auxiliaryVector) {
    try {
      ByteBuffer pairs =
          ByteBuffer.wrap(KernelText.head(auxiliaryVector, MOST_BYTES))
              .order(ByteOrder.nativeOrder());
      while (pairs.hasRemaining()) {
        long key = pairs.getLong();
        long value = pairs.getLong();
        if (key == AT_PAGESZ) {
          return value;
        }
      }
    } catch (IOException | BufferUnderflowException e) {
      // without /proc there is nothing to measure either
    }
    return USUAL;
  }
}
