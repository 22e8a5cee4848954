package io.loda.server.store.dump;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * How each line ends: {@code ,"crc":"1a2b3c4d"}}, a CRC-32 of the one before and of what the line
 * has before its own. So it covers all lines before.
 */
final class Check {

  private static final String BEGIN = ",\"crc\":\"";
  private static final String END = "\"}";

  /** How long it is. */
  static final int BYTES = BEGIN.length() + 8 + END.length();

  private static final HexFormat HEX = HexFormat.of();

  private Check() {}

  /** The check of a line. */
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

  /** Whether a line ends with this check. */
  static boolean fits(int check, byte[] line, int length) {
    return length >= BYTES && Arrays.equals(line, length - BYTES, length, text(check), 0, BYTES);
  }
}
