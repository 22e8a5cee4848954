package io.loda.common.config;

import java.util.regex.Pattern;

/** Hides passwords in addresses. */
public final class Secrets {

  /**
   * Matches a password and the user before it, also a user alone, who may be a token. A password
   * with a slash ends what could be a server's name, so all up to the last {@code @} counts as
   * password; so does what could be a port, unless a server's name is before it and none behind it.
   * JGit shows an address that it can't parse with three slashes.
   */
  private static final Pattern SECRET =
      Pattern.compile(
          "(?i)(?<=://)(?<slash>/?)"
              + "(?:[^/\\s]*:[^/\\s]*@|(?<=https?:///?)[^/\\s]*@"
              + "|[^/\\s:@\\[.]*:\\S*@|[^/\\s:@\\[]*:\\S*@(?=[^/\\s@]*\\.)"
              + "|[^/\\s:@\\[]*:(?![0-9]{1,5}(?:[/\\s]|$))\\S*@)");

  private static final Pattern BEFORE_AT = Pattern.compile("(?s)^.*(?<!\\*\\*\\*)@");
  private static final Pattern QUERY = Pattern.compile("(?s)(?<=://)([^?]*\\?).*");

  private Secrets() {}

  /** Hides a wrong value: it may be meant as an address, whose parts can't be told apart. */
  static String hiddenInWrong(String value) {
    String shown = QUERY.matcher(hidden(value)).replaceFirst("$1***");
    return BEFORE_AT.matcher(shown).replaceFirst("***@");
  }

  /** Hides the passwords in an address, or in a text with addresses. */
  public static String hidden(String text) {
    return SECRET.matcher(text).replaceAll("${slash}***@");
  }
}
