package io.loda.common.http;

import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The packing of a body. It is unpacked here, piece by piece: Netty would go on unpacking a refused
 * body, and unpack the bytes of one read into a buffer of any size.
 */
enum ContentCoding {
  IDENTITY,
  GZIP,
  DEFLATE;

  private static final int PIECE_BYTES = 16 * 1024;
  private static final int GZIP_HEAD_BYTES = 10;
  private static final int GZIP_TAIL_BYTES = 8;
  private static final int HAS_CHECKSUM = 2;
  private static final int HAS_EXTRA = 4;
  private static final int HAS_NAME = 8;
  private static final int HAS_COMMENT = 16;

  /** Takes unpacked bytes; an exception ends the unpacking. */
  interface Sink {
    void append(byte[] piece, int length);
  }

  /**
   * Returns the coding of this name.
   *
   * @throws BadCall for an unknown one
   */
  static ContentCoding named(@Nullable String header) {
    String name = header == null ? "" : header.strip().toLowerCase(Locale.ROOT);
    return switch (name) {
      case "", "identity" -> IDENTITY;
      case "gzip", "x-gzip" -> GZIP;
      case "deflate", "x-deflate" -> DEFLATE;
      default ->
          throw new BadCall(
              415, "Content-Encoding: expected gzip, deflate or none, found \"" + name + '"');
    };
  }

  /**
   * Unpacks a body.
   *
   * @throws BadCall when it isn't packed that way
   */
  void inflate(byte[] packed, int length, Sink sink) {
    Inflater inflater =
        new Inflater(this == GZIP || (this == DEFLATE && !hasZlibHead(packed, length)));
    try {
      switch (this) {
        case GZIP -> members(inflater, packed, length, sink);
        case DEFLATE -> {
          if (run(inflater, packed, 0, length, sink, new CRC32()) != length) {
            throw bad("something follows its end");
          }
        }
        default -> sink.append(packed, length);
      }
    } catch (DataFormatException e) {
      throw bad(String.valueOf(e.getMessage()));
    } finally {
      inflater.end();
    }
  }

  /** Unpacks the members of a gzip file, each with header and trailer (RFC 1952). */
  private void members(Inflater inflater, byte[] packed, int length, Sink sink)
      throws DataFormatException {
    int at = 0;
    do {
      CRC32 sum = new CRC32();
      inflater.reset();
      at = run(inflater, packed, afterHead(packed, at, length), length, sink, sum);
      if (length - at < GZIP_TAIL_BYTES) {
        throw bad("it ends too early");
      }
      if (number(packed, at) != sum.getValue()
          || number(packed, at + 4) != (inflater.getBytesWritten() & 0xFFFFFFFFL)) {
        throw bad("its checksum is wrong");
      }
      at += GZIP_TAIL_BYTES;
    } while (at < length);
  }

  private int run(Inflater inflater, byte[] packed, int from, int to, Sink sink, CRC32 sum)
      throws DataFormatException {
    byte[] piece = new byte[PIECE_BYTES];
    inflater.setInput(packed, from, to - from);
    while (!inflater.finished()) {
      int count = inflater.inflate(piece);
      if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
        throw bad("it ends too early");
      }
      sum.update(piece, 0, count);
      sink.append(piece, count);
    }
    return to - inflater.getRemaining();
  }

  private int afterHead(byte[] packed, int from, int to) {
    if (to - from < GZIP_HEAD_BYTES
        || (packed[from] & 0xFF) != 0x1F
        || (packed[from + 1] & 0xFF) != 0x8B
        || packed[from + 2] != 8) {
      throw bad("another head");
    }
    int flags = packed[from + 3];
    int at = from + GZIP_HEAD_BYTES;
    if ((flags & HAS_EXTRA) != 0 && to - at >= 2) {
      at += 2 + (packed[at] & 0xFF) + ((packed[at + 1] & 0xFF) << 8);
    }
    if ((flags & HAS_NAME) != 0) {
      at = afterZero(packed, at, to);
    }
    if ((flags & HAS_COMMENT) != 0) {
      at = afterZero(packed, at, to);
    }
    at += (flags & HAS_CHECKSUM) != 0 ? 2 : 0;
    if (at >= to) {
      throw bad("it ends too early");
    }
    return at;
  }

  private static int afterZero(byte[] packed, int from, int to) {
    int at = from;
    while (at < to && packed[at] != 0) {
      at++;
    }
    return at + 1;
  }

  private static long number(byte[] packed, int at) {
    return (packed[at] & 0xFFL)
        | (packed[at + 1] & 0xFFL) << 8
        | (packed[at + 2] & 0xFFL) << 16
        | (packed[at + 3] & 0xFFL) << 24;
  }

  private static boolean hasZlibHead(byte[] packed, int length) {
    return length >= 2
        && (packed[0] & 0x0F) == 8
        && ((packed[0] & 0xFF) << 8 | (packed[1] & 0xFF)) % 31 == 0;
  }

  private BadCall bad(String found) {
    return new BadCall("body: expected " + name().toLowerCase(Locale.ROOT) + ", found " + found);
  }
}
