package io.loda.agent.assignment;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A namespace's items as the registry answered them: a JSON list in UTF-8, in the array that the
 * whole answer is in, of which there needn't be a second one.
 */
public final class ItemList {

  private final byte[] bytes;
  private final int from;
  private final int to;

  /**
   * A part of an array, which isn't copied.
   *
   * @param to the index after its last byte
   */
  public ItemList(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
  }

  public static ItemList of(String json) {
    byte[] bytes = json.getBytes(UTF_8);
    return new ItemList(bytes, 0, bytes.length);
  }

  /**
   * A parser that is at the beginning.
   *
   * @throws CharacterCodingException when it is no UTF-8
   */
  public JsonParser parser() throws IOException {
    return ItemBounds.parser(bytes, from, to);
  }

  /** Where in its list an item begins, at whose first token a parser is. */
  static int begin(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  /** Where in its list an item ends, at whose last token a parser is. */
  static int end(JsonParser parser) throws IOException {
    parser.finishToken();
    return (int) parser.currentLocation().getByteOffset();
  }

  /** A part of its text. */
  String text(int begin, int end) {
    return new String(bytes, from + begin, end - begin, UTF_8);
  }

  /** Writes a part of it, as it came. */
  void write(int begin, int end, ByteArrayOutputStream out) {
    out.write(bytes, from + begin, end - begin);
  }

  /** The byte that it begins with; 0 where there is none. */
  public byte first() {
    return from < to ? bytes[from] : 0;
  }

  /** How many bytes it has. */
  public int length() {
    return to - from;
  }

  /** A copy of its bytes. */
  public byte[] toBytes() {
    return Arrays.copyOfRange(bytes, from, to);
  }

  /** Tells it from every other list. */
  public String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(bytes, from, length());
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The text of its first bytes, at most so many. */
  public String head(int maxBytes) {
    return new String(bytes, from, Math.min(maxBytes, length()), UTF_8);
  }

  /** Its text. */
  @Override
  public String toString() {
    return new String(bytes, from, length(), UTF_8);
  }
}
