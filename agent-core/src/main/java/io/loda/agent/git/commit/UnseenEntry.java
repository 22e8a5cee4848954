package io.loda.agent.git.commit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file doesn't show of its tree entry: a submodule's commit, as its folder is empty; a mode
 * that git doesn't use any more; a link's target with slashes that Java removes. These values
 * needn't be trusted: wrong ones give the tree another hash.
 *
 * @param mode in git's format
 * @param value a submodule's commit, or a link's target in hexadecimal digits; otherwise empty
 */
public record UnseenEntry(String mode, String value) {

  private static final String MODULE = "160000";
  private static final Pattern LINE =
      Pattern.compile(
          "(?<mode>1[0-7]{5}) (?<value>(?:[0-9a-f]{2})*) (?<path>[^\0]+)\0", Pattern.DOTALL);

  boolean isModule() {
    return mode.equals(MODULE);
  }

  /**
   * Returns the target of a link, one character for each byte, if it matches the one that Java
   * shows.
   */
  String target(String seen) {
    String target = new String(HexFormat.of().parseHex(value), ISO_8859_1);
    return asJavaMakesIt(target).equals(seen) ? target : seen;
  }

  /** Returns a path without redundant slashes, as Java shows it. */
  public static String asJavaMakesIt(String target) {
    String single = target.replaceAll("/+", "/");
    return single.length() > 1 && single.endsWith("/")
        ? single.substring(0, single.length() - 1)
        : single;
  }

  public String line(String path) {
    return mode + ' ' + value + ' ' + path + '\0';
  }

  /** Parses a file of entries; paths have one character for each byte. */
  static Map<String, UnseenEntry> all(byte[] lines) throws IOException {
    Map<String, UnseenEntry> all = new HashMap<>();
    Matcher line = LINE.matcher(new String(lines, ISO_8859_1));
    int end = 0;
    for (; line.lookingAt(); line.region(end, lines.length)) {
      all.put(line.group("path"), new UnseenEntry(line.group("mode"), line.group("value")));
      end = line.end();
    }
    if (end < lines.length) {
      throw new IOException("is refused: the child's data on its entries is invalid");
    }
    return all;
  }
}
