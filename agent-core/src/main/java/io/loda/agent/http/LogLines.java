package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.util.Arrays;

/**
 * Writes the lines of a file as the strings of a JSON list, in pieces: a line may have megabytes,
 * and a control character takes six bytes in JSON. Used by one thread at a time; blocks.
 */
final class LogLines implements Closeable {

  /** The bytes of the file that are read for one piece. */
  private static final int READ_BYTES = 16 * 1024;

  /** The memory of one piece: up to six bytes for each byte read, in a buffer that doubles. */
  static final int PIECE_BYTES = 128 * 1024;

  private static final byte[] NOTHING = {};

  private static final String HEX = "0123456789ABCDEF";

  private final FileChannel file;
  private final int count;
  private final CharsetDecoder decoder =
      UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /** The bytes at the end of the last piece that are only a part of a character. */
  private byte[] rest = NOTHING;

  private long at;
  private final long end;
  private boolean inLine;
  private boolean first = true;

  /**
   * Takes lines that were found in a file; {@link #close} closes the file.
   *
   * @param count the number of lines
   * @param from the offset of the first line
   * @param end the offset after the last line
   */
  LogLines(FileChannel file, int count, long from, long end) {
    this.file = file;
    this.count = count;
    this.at = from;
    this.end = end;
  }

  int count() {
    return count;
  }

  /** Appends the next piece; returns whether there are more. */
  boolean next(Buffer out) throws IOException {
    // keep no buffer between two pieces: many answers may wait for slow readers
    ByteBuffer in = ByteBuffer.allocate(READ_BYTES).put(rest);
    CharBuffer chars = CharBuffer.allocate(READ_BYTES + 8);
    in.limit((int) Math.min(in.capacity(), in.position() + (end - at)));
    int length = in.hasRemaining() ? file.read(in, at) : -1;
    at += Math.max(0, length);
    // the file may have become shorter
    boolean last = length < 0 || at >= end;
    in.flip();
    decoder.decode(in, chars, last);
    if (last) {
      decoder.flush(chars);
    }
    rest = in.hasRemaining() ? Arrays.copyOfRange(in.array(), in.position(), in.limit()) : NOTHING;
    put(chars.flip(), out);
    if (last && inLine) {
      out.appendByte((byte) '"');
    }
    return !last;
  }

  private void put(CharBuffer text, Buffer out) {
    // a line end needs two of its six bytes, the others are for the line's comma and quotes
    byte[] json = new byte[text.length() * 6 + 8];
    int size = 0;
    while (text.hasRemaining()) {
      char c = text.get();
      if (!inLine) {
        if (!first) {
          json[size++] = ',';
        }
        json[size++] = '"';
        inLine = true;
        first = false;
      }
      if (Character.isHighSurrogate(c)) {
        int point = Character.toCodePoint(c, text.get());
        json[size++] = (byte) (0xF0 | (point >> 18));
        json[size++] = (byte) (0x80 | ((point >> 12) & 0x3F));
        json[size++] = (byte) (0x80 | ((point >> 6) & 0x3F));
        json[size++] = (byte) (0x80 | (point & 0x3F));
      } else if (c >= 0x800) {
        json[size++] = (byte) (0xE0 | (c >> 12));
        json[size++] = (byte) (0x80 | ((c >> 6) & 0x3F));
        json[size++] = (byte) (0x80 | (c & 0x3F));
      } else if (c >= 0x80) {
        json[size++] = (byte) (0xC0 | (c >> 6));
        json[size++] = (byte) (0x80 | (c & 0x3F));
      } else if (c >= ' ' && c != '"' && c != '\\') {
        json[size++] = (byte) c;
      } else {
        size = escaped(c, json, size);
      }
      if (c == '\n') {
        json[size++] = '"';
        inLine = false;
      }
    }
    out.appendBytes(json, 0, size);
  }

  private static int escaped(char c, byte[] json, int from) {
    int size = from;
    json[size++] = '\\';
    switch (c) {
      case '"', '\\' -> json[size++] = (byte) c;
      case '\n' -> json[size++] = 'n';
      case '\r' -> json[size++] = 'r';
      case '\t' -> json[size++] = 't';
      case '\b' -> json[size++] = 'b';
      case '\f' -> json[size++] = 'f';
      default -> {
        json[size++] = 'u';
        json[size++] = '0';
        json[size++] = '0';
        json[size++] = (byte) HEX.charAt(c >> 4);
        json[size++] = (byte) HEX.charAt(c & 15);
      }
    }
    return size;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
