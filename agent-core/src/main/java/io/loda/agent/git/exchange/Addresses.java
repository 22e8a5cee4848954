package io.loda.agent.git.exchange;

import io.loda.agent.assignment.GitAddress;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks addresses of repositories. */
public final class Addresses {

  private static final Pattern SSH_WITHOUT_USER = Pattern.compile("ssh://(?=[^@]*(/|$))");

  private Addresses() {}

  /**
   * Returns the address to fetch from.
   *
   * @param sshUser for an ssh address without a user; may be empty
   * @throws IOException if its transport isn't https, ssh, git or file
   */
  public static String checked(String address, String sshUser) throws IOException {
    // JGit has more transports, including any on the class path
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
