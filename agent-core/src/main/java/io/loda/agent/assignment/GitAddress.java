package io.loda.agent.assignment;

import io.loda.common.config.Secrets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A plugin repository's address: {@code git@host:GROUP/REPO.git}, {@code host:GROUP/REPO.git},
 * {@code ssh://}, {@code https://}, {@code git://}, {@code file://}, or {@code path:DIR} for a
 * folder that is run in place. {@code GROUP/REPO} alone is one where a template says the rest.
 */
public final class GitAddress {

  /** Begins an address that is a folder and is never cloned. */
  public static final String PATH = "path:";

  /**
   * None of the parts may begin with a dash: what calls git or ssh must not take it for an option.
   * Nor is there a control character, which would act on the terminal that shows it.
   */
  private static final List<Pattern> REMOTE =
      List.of(
          Pattern.compile("(ssh|https|git)://[^-/\\s][^/\\s]*/+(?<path>[^-/\\s]\\S*)"),
          Pattern.compile("file://(?<path>/\\S*)"),
          Pattern.compile(
              "[A-Za-z0-9_.][A-Za-z0-9_.-]*@[A-Za-z0-9_.][A-Za-z0-9_.-]*:(?<path>[^-\\s]\\S*)"),
          // without a user; a transport before the colon is none that is known
          Pattern.compile(
              "(?!(path|file|ssh|https?|git|ftps?|ext|fd):)[A-Za-z0-9_.][A-Za-z0-9_.-]*"
                  + ":(?<path>[A-Za-z0-9_.][^/:\\s]*/[^-/:\\s][^:\\s]*)"));

  /** {@code GROUP/REPO}. */
  private static final Pattern SHORT =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*");

  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  /** Doesn't begin with a dot: such folders beside the checkouts are the agent's own. */
  private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

  /** A password in what is no address, so that nobody knows where its parts end. */
  private static final Pattern SECRET_OF_NO_ADDRESS =
      Pattern.compile(
          "(?is)^(?<transport>https?://|[a-z0-9+.-]*://(?=[^@]*:)|(?!.*://)(?=[^/@]*:)).*@");

  private static final Pattern LAST_TWO_PARTS =
      Pattern.compile("(.*[/:])?(?<group>[^/:]+)/(?<project>[^/:]+?)(\\.git)?/*");

  private static final Pattern AFTER_THE_PATH = Pattern.compile("(?s)([?#]).*");

  private GitAddress() {}

  /** The address, or a text with addresses in it, as it may be shown: without passwords. */
  public static String withoutSecrets(String text) {
    return Secrets.hidden(text);
  }

  /**
   * The project's name: the address' last part, without {@code .git}.
   *
   * @throws IllegalArgumentException when the address is none that the agent takes
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
   * The address to fetch from.
   *
   * @param template into which {@code GROUP/REPO} goes at {@code %s}; empty: the address itself
   * @throws IllegalArgumentException when the address has no group
   */
  public static String rewrite(String address, String template) {
    if (template.isEmpty() && SHORT.matcher(address).matches()) {
      throw new IllegalArgumentException(
          "git: expected an address, as plugins.git-url says nothing of where GROUP/REPO is, found \""
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
              + withoutSecrets(address)
              + '"');
    }
    return template.replace("%s", repository);
  }

  /**
   * {@code GROUP/REPO}: the address' last two parts, without {@code .git}; empty for a folder and
   * for an address without a group.
   */
  public static String groupAndProject(String address) {
    String[] parts = pathOrShort(address).replaceAll("(\\.git)?/*$", "").split("/", -1);
    String group = parts.length < 2 ? "" : parts[parts.length - 2];
    return group.isEmpty() ? "" : group + "/" + parts[parts.length - 1];
  }

  /**
   * {@code GROUP/REPO} of whatever a caller names a repository by, an address or just that; empty
   * where it isn't in it.
   */
  public static String repository(String text) {
    if (text.startsWith(PATH)) {
      return "";
    }
    Matcher last = LAST_TWO_PARTS.matcher(text);
    return last.matches() ? last.group("group") + '/' + last.group("project") : "";
  }

  /**
   * Whether it is one that can be fetched: no other transport, and no folder that is run in place.
   */
  public static boolean isRemote(String address) {
    return !pathOf(address).isEmpty();
  }

  /** What stands before the path: transport, user and server; empty for what can't be fetched. */
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

  /** Empty when it is no address that can be fetched. */
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
