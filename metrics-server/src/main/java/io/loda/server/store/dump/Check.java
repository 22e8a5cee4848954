package io.loda.server.store.dump;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * The checksum at the end of each line: {@code ,"crc":"1a2b3c4d"}}. It is a CRC-32 over the
 * checksum of the line before and the line itself, so it covers all lines before.
 */
final class Check {

  private static final String BEGIN = ",\"crc\":\"";
  private static final String END = "\"}";

  /** The length of the end of a line. */
  static final int BYTES = BEGIN.length() + 8 + END.length();

  private static final HexFormat HEX = HexFormat.of();

  private Check() {}

  /** Returns the checksum of a line. */
  static int next(int before, byte[] line, int length) {
    CRC32 crc = new CRC32();
    for (int shift = 24; shift >= 0; shift -= 8) {
      crc.update(before >>> shift);
    }
    crc.update(line, 0, length);
    return (int) crc.getValue();
  }

  static byte[] text(int check) {
    return (BEGIN + HEX.toHexDigits(check) + END).getBytes(US_ASCII);
  }

  /** Returns whether a line ends with this checksum. */
  static boolean fits(int check, byte[] line, int length) {
    return length >= BYTES && Arrays.equals(line, length - BYTES, length, text(check), 0, BYTES);
  }
}
