package io.loda.agent.source.script.cage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * A seccomp filter, in the kernel's format, against user namespaces: inside one everybody is root
 * and reaches parts of the kernel that only root may. {@code clone3}, whose flags a filter can't
 * see, is reported as missing; the C library then uses {@code clone}.
 */
final class NamespaceFilter {

  private static final int NEW_USER = 0x1000_0000;
  private static final int ALLOW = 0x7fff_0000;
  private static final int NOT_PERMITTED = 0x0005_0000 | 1;
  private static final int NOT_THERE = 0x0005_0000 | 38;

  // offsets in the data that the kernel passes to a filter
  private static final int NUMBER = 0;
  private static final int ARCHITECTURE = 4;
  private static final int FIRST_ARGUMENT = 16;

  /** Masks the bit that marks x32 calls, whose numbers are otherwise the same. */
  private static final int WITHOUT_X32 = 0xbfff_ffff;

  private static final int LOAD = 0x20;
  private static final int AND = 0x54;
  private static final int IF_EQUAL = 0x15;
  private static final int IF_BITS = 0x45;
  private static final int RETURN = 0x06;

  private static final int BLOCK = 12;
  private static final int INSTRUCTION_BYTES = 8;

  private record SystemCalls(int architecture, int unshare, int cloneOld, int cloneNew) {}

  /** The processor's own calls and its 32-bit ones, by {@code os.arch}. */
  private static final Map<String, List<SystemCalls>> KNOWN =
      Map.of(
          "amd64",
          List.of(
              new SystemCalls(0xc000_003e, 272, 56, 435),
              new SystemCalls(0x4000_0003, 310, 120, 435)),
          "aarch64",
          List.of(
              new SystemCalls(0xc000_00b7, 97, 220, 435),
              new SystemCalls(0x4000_0028, 337, 120, 435)));

  private NamespaceFilter() {}

  /** Returns the filter for an architecture; empty: its call numbers aren't known. */
  static byte[] of(String architecture) {
    List<SystemCalls> all = KNOWN.getOrDefault(architecture, List.of());
    if (all.isEmpty()) {
      return new byte[0];
    }
    ByteBuffer out =
        ByteBuffer.allocate((all.size() * BLOCK + 2) * INSTRUCTION_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    add(out, LOAD, 0, 0, ARCHITECTURE);
    for (SystemCalls calls : all) {
      add(out, IF_EQUAL, 0, BLOCK - 1, calls.architecture());
      add(out, LOAD, 0, 0, NUMBER);
      add(out, AND, 0, 0, WITHOUT_X32);
      add(out, IF_EQUAL, 6, 0, calls.cloneNew());
      add(out, IF_EQUAL, 2, 0, calls.unshare());
      add(out, IF_EQUAL, 1, 0, calls.cloneOld());
      add(out, RETURN, 0, 0, ALLOW);
      add(out, LOAD, 0, 0, FIRST_ARGUMENT);
      add(out, IF_BITS, 0, 2, NEW_USER);
      add(out, RETURN, 0, 0, NOT_PERMITTED);
      add(out, RETURN, 0, 0, NOT_THERE);
      add(out, RETURN, 0, 0, ALLOW);
    }
    add(out, RETURN, 0, 0, ALLOW);
    return out.array();
  }

  private static void add(ByteBuffer out, int code, int ifTrue, int ifFalse, int value) {
    out.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(value);
  }
}
