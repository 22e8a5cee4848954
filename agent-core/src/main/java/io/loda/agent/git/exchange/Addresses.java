package io.loda.agent.git.exchange;

import io.loda.agent.assignment.GitAddress;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses as they may be shown, and as they may be used. */
public final class Addresses {

  private static final Pattern SSH_WITHOUT_USER = Pattern.compile("ssh://(?=[^@]*(/|$))");

  private Addresses() {}

  /** The address, or a text with addresses in it, without passwords. */
  public static String withoutSecrets(String text) {
    return GitAddress.withoutSecrets(text);
  }

  /**
   * The address to fetch from.
   *
   * @param sshUser for an ssh address that names none; may be empty
   * @throws IOException when it names another transport than https, ssh, git or file
   */
  public static String checked(String address, String sshUser) throws IOException {
    // JGit knows more transports, and whatever stands for one in a class path
    if (!GitAddress.isRemote(address)) {
      throw new IOException(
          "isn't fetched: expected https://, ssh://, git://, file:// or git@host:GROUP/REPO.git");
    }
    return sshUser.isEmpty()
        ? address
        : SSH_WITHOUT_USER
            .matcher(address)
            .replaceFirst(Matcher.quoteReplacement("ssh://" + sshUser + "@"));
  }
}
