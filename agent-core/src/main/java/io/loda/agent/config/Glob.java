package io.loda.agent.config;

import java.util.regex.Pattern;

/**
 * A pattern of names. {@code *} matches anything within one part of a path, {@code **} anything at
 * all, {@code ?} one character of a part. A lone {@code *} matches everything. Any thread.
 */
public final class Glob {

  private final String text;
  private final Pattern pattern;
  private final Pattern anyCase;

  public Glob(String text) {
    this.text = text;
    String regex = regex(text);
    this.pattern = Pattern.compile(regex, Pattern.DOTALL);
    this.anyCase =
        Pattern.compile(regex, Pattern.DOTALL | Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  }

  private static String regex(String text) {
    if (text.equals("*")) {
      return ".*";
    }
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '*' && i + 1 < text.length() && text.charAt(i + 1) == '*') {
        regex.append(".*");
        i++;
      } else if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return regex.toString();
  }

  /** Returns whether the pattern matches the whole name. */
  public boolean matches(String name) {
    return pattern.matcher(name).matches();
  }

  /** Like {@link #matches}, but ignores case. */
  public boolean matchesAnyCase(String name) {
    return anyCase.matcher(name).matches();
  }

  @Override
  public String toString() {
    return text;
  }
}
