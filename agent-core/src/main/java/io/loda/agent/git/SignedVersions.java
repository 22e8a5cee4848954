package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.git.commit.Commit;
import io.loda.agent.git.commit.CommitFiles;
import io.loda.agent.git.exchange.GitSettings;
import io.loda.agent.git.fetch.Gpgv;
import io.loda.agent.git.fetch.Workplaces;
import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.file.Path;
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
  private final Gpgv gpgv;
  private final AtomicBoolean unreadable = new AtomicBoolean();

  SignedVersions(GitSettings settings, Workplaces workplaces) {
    this.settings = settings;
    this.gpgv = new Gpgv(Path.of(settings.keyring()), workplaces);
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
   * Looks at a version's signature again; needs no server.
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
      check(new CommitFiles(checkout.version(commit)), commit);
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /**
   * Takes only commits that a key of the keyring signed, and marks their files so; nothing where
   * none have to be signed.
   */
  void check(CommitFiles files, String id) throws IOException {
    if (!settings.signedOnly()) {
      return;
    }
    // first: a keyring that changes meanwhile is one to check with again
    String keys = settings.keys();
    Commit commit = files.commit(id);
    String problem = "";
    if (!commit.isSigned()) {
      problem = "isn't signed; sign it with git commit -S";
    } else if (!commit.isOpenPgp()) {
      problem = "is signed with something else than OpenPGP";
    } else {
      problem = gpgv.problem(commit.signed(), commit.signature());
    }
    if (!problem.isEmpty()) {
      throw new IOException(
          "isn't taken (plugins.verify = signed): its commit " + id + " " + problem);
    }
    OwnFiles.write(files.folder().resolve(Checkout.SIGNED), keys.getBytes(UTF_8));
  }
}
