package io.loda.agent.git.child;

import io.loda.agent.git.exchange.GitSettings;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.eclipse.jgit.transport.URIish;

/** Turns JGit's errors into messages that tell what to do. */
final class GitErrors {

  /** The prefix of JGit's messages whose reason is in the cause. */
  private static final String CAUGHT = "Exception caught during execution of";

  private static final String REFUSED_KEY = "Server key did not validate";
  private static final String NO_KEYS = "no keys to try";
  private static final String NOT_LET_IN = "Session is being closed";
  private static final String NO_PASSWORD = "no CredentialsProvider";
  private static final String UNKNOWN_CA = "valid certification path";
  private static final String NO_ADDRESS = "URI not supported";

  private static final Pattern OF_LIBRARIES =
      Pattern.compile(
          ": Default\\w+Future\\[[^\\]]*\\](?=:)|: Failed \\(\\w+\\) to execute(: null)?"
              + "|\\b([a-z]\\w*\\.)+[A-Z]\\w*(Exception|Error)(: )?");

  private final GitSettings settings;

  GitErrors(GitSettings settings) {
    this.settings = settings;
  }

  /** Returns one message with all causes; it may contain a password. */
  IOException of(String what, String address, Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String first = inWords(String.valueOf(e.getMessage()));
    String last = last(cause);
    String all = first;
    if (!first.contains(last)) {
      all = first.startsWith(CAUGHT) ? last : first + ": " + last;
    }
    return new IOException(what + ": " + all + whatToDo(all, address), e);
  }

  private static String last(Throwable cause) {
    if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
      return "unknown host";
    }
    return cause.getMessage() == null
        ? cause.getClass().getSimpleName()
        : inWords(cause.getMessage());
  }

  /** Removes class names, which libraries mix into their messages. */
  private static String inWords(String said) {
    return OF_LIBRARIES.matcher(said).replaceAll("");
  }

  private String whatToDo(String said, String address) {
    if (said.contains(REFUSED_KEY)) {
      return aboutKnownHosts(address);
    }
    if (said.contains(NO_KEYS)) {
      return aboutKeys();
    }
    if (said.contains(NOT_LET_IN)) {
      return ": the server ended the connection, or accepted no login within "
          + settings.silence().toSeconds()
          + " s, a third of plugins.git-timeout";
    }
    if (said.contains(NO_PASSWORD)) {
      return "; write USER:PASSWORD@ or USER:TOKEN@ before the server's name in the address";
    }
    if (said.contains(NO_ADDRESS)) {
      return "; in a user's name or a password / is written %2F, and @ %40";
    }
    if (said.contains(UNKNOWN_CA)) {
      return "; Java doesn't trust the server's certificate: add its authority to the system's "
          + "(update-ca-certificates), or name a trust store that has it with "
          + "AGENT_JAVA_OPTS=-Djavax.net.ssl.trustStore=FILE";
    }
    return "";
  }

  private String aboutKeys() {
    if (settings.sshKey().isEmpty() && !settings.homeKeys()) {
      return "; set plugins.ssh.key to a key without a passphrase, or to home for those in "
          + settings.home().resolve(".ssh")
          + ", which an agent that is root doesn't use otherwise";
    }
    return settings.sshKey().isEmpty()
        ? "; make one without a passphrase in "
            + settings.home().resolve(".ssh")
            + " as the agent's user, or set plugins.ssh.key"
        : "; plugins.ssh.key "
            + settings.sshKey()
            + (Files.isReadable(Path.of(settings.sshKey()))
                ? " is no key, or has a passphrase"
                : " can't be read");
  }

  private String aboutKnownHosts(String address) {
    Path known = settings.knownHostsFile();
    String host = "HOST";
    try {
      URIish uri = new URIish(address);
      host = uri.getPort() > 0 ? "[" + uri.getHost() + "]:" + uri.getPort() : uri.getHost();
    } catch (URISyntaxException e) {
      // can't happen: the address was fetched from
    }
    return ": "
        + known
        + " has another key for it, or none (with plugins.ssh.host-keys = strict); if the server "
        + "has a new key, do ssh-keygen -f "
        + known
        + " -R "
        + host
        + " as the agent's user";
  }
}
