package io.loda.common.config;

import java.util.regex.Pattern;

/** Passwords in addresses, which are shown nowhere. */
public final class Secrets {

  /**
   * A password, and whoever stands before it: also a name alone, which may be a token. One with a
   * slash in it ends what a server's name could be, so that all up to the last {@code @} is taken
   * for it; also what could be a port, unless a server's name stands before it and none behind it.
   * JGit shows with three slashes what it can't take apart.
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

  /**
   * A value that is wrong, as it may be shown: it may have been meant for an address, and nobody
   * knows where the parts of what is none end.
   */
  static String hiddenInWrong(String value) {
    String shown = QUERY.matcher(hidden(value)).replaceFirst("$1***");
    return BEFORE_AT.matcher(shown).replaceFirst("***@");
  }

  /** An address, or a text with addresses in it, as it may be shown. */
  public static String hidden(String text) {
    return SECRET.matcher(text).replaceAll("${slash}***@");
  }
}
