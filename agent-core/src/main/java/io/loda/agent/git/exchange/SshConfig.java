package io.loda.agent.git.exchange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ssh configuration of a home folder, for a child that has copies of the files that it names.
 *
 * @param text with the copies' paths
 * @param host the real name of the server; empty: the name that was asked for
 * @param port of that server; 0: the default
 */
public record SshConfig(String text, String host, int port) {

  private static final Set<String> FILES =
      Set.of("identityfile", "certificatefile", "userknownhostsfile", "globalknownhostsfile");
  public static final String KNOWN = "userknownhostsfile";

  private static final Pattern LINE =
      Pattern.compile("\\s*(?<key>[A-Za-z]+)(?:\\s*=\\s*|\\s+)(?<value>.*?)\\s*");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  /** Gives a child a copy of a file. */
  public interface Copies {

    /**
     * Copies a file.
     *
     * @param key the configuration key that names it, in lower case
     * @return the copy; the file itself if it doesn't exist
     */
    Path of(String key, Path file) throws IOException;
  }

  /**
   * Parses a configuration.
   *
   * @param server the requested name
   */
  public static SshConfig of(String text, String server, Path home, Copies copies)
      throws IOException {
    StringBuilder rewritten = new StringBuilder();
    Optional<String> host = Optional.empty();
    Optional<String> port = Optional.empty();
    boolean active = true;
    for (String line : text.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      String key = matcher.matches() ? matcher.group("key").toLowerCase(Locale.ROOT) : "";
      String value = key.isEmpty() ? "" : matcher.group("value");
      switch (key) {
        case "host" -> active = isFor(value, server);
        case "match" -> active = false;
        case "hostname" -> host = active && host.isEmpty() ? Optional.of(word(value)) : host;
        case "port" -> port = active && port.isEmpty() ? Optional.of(word(value)) : port;
        default -> {
          // other keys don't matter here
        }
      }
      rewritten
          .append(FILES.contains(key) ? key + ' ' + files(key, value, home, copies) : line)
          .append('\n');
    }
    return new SshConfig(
        rewritten.toString(),
        host.map(name -> name.replace("%h", server)).orElse(""),
        port.filter(number -> number.matches("[0-9]{1,5}")).map(Integer::parseInt).orElse(0));
  }

  private static String word(String value) {
    Matcher word = WORD.matcher(value);
    return word.find() ? text(word) : "";
  }

  private static String text(Matcher word) {
    return word.group(1) == null ? word.group(2) : word.group(1);
  }

  private static String files(String key, String value, Path home, Copies copies)
      throws IOException {
    StringBuilder files = new StringBuilder();
    Matcher word = WORD.matcher(value);
    while (word.find()) {
      String name = text(word).replaceFirst("^(~|%d)/", Matcher.quoteReplacement(home + "/"));
      String copy =
          name.startsWith("/") && !name.contains("%")
              ? copies.of(key, Path.of(name).normalize()).toString()
              : name;
      files.append('"').append(copy).append("\" ");
    }
    return files.toString().strip();
  }

  private static boolean isFor(String patterns, String server) {
    boolean matches = false;
    Matcher word = WORD.matcher(patterns);
    while (word.find()) {
      String pattern = text(word);
      if (pattern.startsWith("!") && matches(pattern.substring(1), server)) {
        return false;
      }
      matches |= matches(pattern, server);
    }
    return matches;
  }

  /** Returns whether a name matches a pattern with {@code *} and {@code ?}, ignoring case. */
  static boolean matches(String pattern, String name) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE).matcher(name).matches();
  }
}
