package io.loda.agent.git;

import io.loda.agent.files.SafeFiles;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of the versions that are there may run: all of them, or those whose signature was found
 * good with the keyring as it is now. Blocks; to be called by one thread at a time for a checkout.
 */
final class SignedVersions implements Trials.Trust {

  // what may run is a matter of the repositories to whoever reads the log
  private static final Logger LOG = LoggerFactory.getLogger(PluginRepositories.class);

  private final GitSettings settings;
  private final Fetcher git;
  private final AtomicBoolean unreadable = new AtomicBoolean();

  SignedVersions(GitSettings settings, Fetcher git) {
    this.settings = settings;
    this.git = git;
  }

  @Override
  public boolean trusted(Checkout checkout, String commit) throws IOException {
    return !settings.signedOnly() || checkout.signed(commit, settings.keys());
  }

  /**
   * Whether the version in force has still to be looked at, because the keyring changed. One that
   * can't be read or is empty changes nothing: perhaps it is being written.
   */
  boolean isToBeLookedAt(Checkout checkout) throws IOException {
    if (!settings.signedOnly()) {
      return false;
    }
    String keys = settings.keys();
    if (unreadable.getAndSet(keys.isEmpty()) != keys.isEmpty()) {
      if (keys.isEmpty()) {
        LOG.error(
            "plugins.keyring {} isn't there, can't be read or is empty: the versions that are there go on"
                + " until it says something else, and no other is taken; put it back",
            settings.keyring());
      } else {
        LOG.info("plugins.keyring {} can be read again", settings.keyring());
      }
    }
    return !keys.isEmpty() && !checkout.signed(checkout.current(), keys);
  }

  /**
   * Looks at a version's signature again. It is cloned from itself: that needs no server, and a key
   * that is added brings no newer version.
   *
   * @return why it may not run; empty: it may
   */
  String refused(Checkout checkout, String commit) throws IOException {
    if (commit.isEmpty()) {
      return "is none that can be checked";
    }
    if (trusted(checkout, commit)) {
      return "";
    }
    try {
      SafeFiles.deleteTree(checkout.unfinished());
      git.fetch(
          new GitRequest(
              "file://" + checkout.version(commit),
              commit,
              checkout.unfinished(),
              List.of(),
              settings));
      checkout.finish(commit);
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
