package io.loda.agent.assignment;

import io.loda.common.config.Secrets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a plugin repository's address: {@code git@host:GROUP/REPO.git}, {@code
 * host:GROUP/REPO.git}, {@code ssh://}, {@code https://}, {@code git://}, {@code file://}, or
 * {@code path:DIR} for a folder that is run in place. {@code GROUP/REPO} alone needs the template
 * {@code plugins.git-url}.
 */
public final class GitAddress {

  /** The prefix of a folder's address; a folder is never cloned. */
  public static final String PATH = "path:";

  /**
   * No part may begin with a dash, which git or ssh could take for an option, or have a control
   * character, which would steer the terminal that shows it.
   */
  private static final List<Pattern> REMOTE =
      List.of(
          Pattern.compile("(ssh|https|git)://[^-/\\s][^/\\s]*/+(?<path>[^-/\\s]\\S*)"),
          Pattern.compile("file://(?<path>/\\S*)"),
          Pattern.compile(
              "[A-Za-z0-9_.][A-Za-z0-9_.-]*@[A-Za-z0-9_.][A-Za-z0-9_.-]*:(?<path>[^-\\s]\\S*)"),
          // an address without a user; before its colon is no known transport
          Pattern.compile(
              "(?!(path|file|ssh|https?|git|ftps?|ext|fd):)[A-Za-z0-9_.][A-Za-z0-9_.-]*"
                  + ":(?<path>[A-Za-z0-9_.][^/:\\s]*/[^-/:\\s][^:\\s]*)"));

  /** {@code GROUP/REPO}. */
  private static final Pattern SHORT =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*");

  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  /** A project can't begin with a dot: such folders beside the checkouts are the agent's own. */
  private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

  /** Finds a password in a text that is no valid address, whose parts can't be told apart. */
  private static final Pattern SECRET_OF_NO_ADDRESS =
      Pattern.compile(
          "(?is)^(?<transport>https?://|[a-z0-9+.-]*://(?=[^@]*:)|(?!.*://)(?=[^/@]*:)).*@");

  private static final Pattern LAST_TWO_PARTS =
      Pattern.compile("(.*[/:])?(?<group>[^/:]+)/(?<project>[^/:]+?)(\\.git)?/*");

  private static final Pattern AFTER_THE_PATH = Pattern.compile("(?s)([?#]).*");

  private GitAddress() {}

  /**
   * Returns the project's name: the address' last part, without {@code .git}.
   *
   * @throws IllegalArgumentException when the agent can't use the address
   */
  public static String project(String address) {
    String path;
    if (address.startsWith(PATH)) {
      path = address.substring(PATH.length());
    } else {
      path = remotePath(address);
    }
    String trimmed = path.replaceAll("/+$", "");
    String last = trimmed.substring(trimmed.lastIndexOf('/') + 1);
    String project = last.endsWith(".git") ? last.substring(0, last.length() - 4) : last;
    if (!PROJECT.matcher(project).matches()) {
      throw refused(address);
    }
    return project;
  }

  /**
   * Returns the address to fetch from.
   *
   * @param template gets {@code GROUP/REPO} in the place of {@code %s}; empty: the address stays
   * @throws IllegalArgumentException when the address has no group
   */
  public static String rewrite(String address, String template) {
    if (template.isEmpty() && SHORT.matcher(address).matches()) {
      throw new IllegalArgumentException(
          "git: expected an address, as GROUP/REPO needs plugins.git-url, found \""
              + address
              + '"');
    }
    if (template.isEmpty() || address.startsWith(PATH)) {
      return address;
    }
    remotePath(address);
    String repository = groupAndProject(address);
    if (repository.isEmpty()) {
      throw new IllegalArgumentException(
          "git: expected an address with GROUP/REPO for plugins.git-url, found \""
              + Secrets.hidden(address)
              + '"');
    }
    return template.replace("%s", repository);
  }

  /**
   * Returns {@code GROUP/REPO}, the address' last two parts without {@code .git}; empty for a
   * folder and for an address without a group.
   */
  public static String groupAndProject(String address) {
    String[] parts = pathOrShort(address).replaceAll("(\\.git)?/*$", "").split("/", -1);
    String group = parts.length < 2 ? "" : parts[parts.length - 2];
    return group.isEmpty() ? "" : group + "/" + parts[parts.length - 1];
  }

  /**
   * Returns the {@code GROUP/REPO} of a text that is an address or {@code GROUP/REPO} itself; empty
   * for any other text.
   */
  public static String repository(String text) {
    if (text.startsWith(PATH)) {
      return "";
    }
    Matcher last = LAST_TWO_PARTS.matcher(text);
    return last.matches() ? last.group("group") + '/' + last.group("project") : "";
  }

  /** Returns whether it can be fetched: it has a known transport, and is no folder run in place. */
  public static boolean isRemote(String address) {
    return !pathOf(address).isEmpty();
  }

  /** Returns what is before the path: transport, user and server; empty: it can't be fetched. */
  public static String server(String address) {
    String path = pathOf(address);
    return path.isEmpty() ? "" : address.substring(0, address.length() - path.length());
  }

  private static String remotePath(String address) {
    String path = pathOrShort(address);
    if (path.isEmpty()) {
      throw refused(address);
    }
    return path;
  }

  private static String pathOrShort(String address) {
    return SHORT.matcher(address).matches() ? address : pathOf(address);
  }

  /** Returns the path of the address; empty: it can't be fetched. */
  private static String pathOf(String address) {
    if (CONTROL.matcher(address).find()) {
      return "";
    }
    return REMOTE.stream()
        .map(pattern -> pattern.matcher(address))
        .filter(Matcher::matches)
        .map(matcher -> matcher.group("path"))
        .findFirst()
        .orElse("");
  }

  private static IllegalArgumentException refused(String address) {
    return new IllegalArgumentException(
        "git: expected git@host:GROUP/REPO.git, ssh://…, https://…, git://…, file://… or path:DIR, found \""
            + CONTROL.matcher(guessedWithoutSecrets(address)).replaceAll("?")
            + '"');
  }

  private static String guessedWithoutSecrets(String noAddress) {
    String path = AFTER_THE_PATH.matcher(noAddress).replaceAll("$1***");
    return SECRET_OF_NO_ADDRESS.matcher(path).replaceFirst("${transport}***@");
  }
}
