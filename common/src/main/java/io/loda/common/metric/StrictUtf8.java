package io.loda.common.metric;

/**
 * Finds bytes that aren't UTF-8 (RFC 3629) before a more lenient reader does: Jackson reads the
 * bytes {@code C0 AF} as a slash.
 */
public final class StrictUtf8 {

  private StrictUtf8() {}

  /**
   * Returns the offset after a byte order mark, with which some programs begin UTF-8; 0 if there is
   * none.
   */
  public static int afterMark(byte[] text) {
    return text.length >= 3
            && text[0] == (byte) 0xef
            && text[1] == (byte) 0xbb
            && text[2] == (byte) 0xbf
        ? 3
        : 0;
  }

  /** Returns the index of the first bad byte; −1 if there is none. */
  public static int firstBad(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      if (bytes[i] >= 0) {
        i++;
        continue;
      }
      int length = length(bytes, i, to);
      if (length == 0) {
        return i;
      }
      i += length;
    }
    return -1;
  }

  /** Returns the length of a multi-byte character; 0 if it isn't valid. */
  private static int length(byte[] bytes, int at, int to) {
    int first = bytes[at] & 0xff;
    int length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0 || at + length > to) {
      return 0;
    }
    int second = bytes[at + 1] & 0xff;
    int least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) {
      return 0;
    }
    for (int i = at + 2; i < at + length; i++) {
      if ((bytes[i] & 0xc0) != 0x80) {
        return 0;
      }
    }
    return length;
  }
}
