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
 * Decides which versions may run: all, or with {@code plugins.verify = signed} those whose
 * signature was verified with the current keyring. Blocks; one thread at a time for a checkout.
 */
final class SignedVersions implements Rollouts.Verifier {

  // logs with the logger of the repositories
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
   * Returns whether the version in force must be verified again because the keyring changed. A
   * keyring that is empty or can't be read changes nothing: it may just be being written.
   */
  boolean isToBeLookedAt(Checkout checkout) throws IOException {
    if (!settings.signedOnly()) {
      return false;
    }
    String keys = settings.keys();
    if (unreadable.getAndSet(keys.isEmpty()) != keys.isEmpty()) {
      if (keys.isEmpty()) {
        LOG.error(
            "plugins.keyring: read of {} failed or it is empty: the versions in force keep "
                + "running, new ones are refused; restore the file",
            settings.keyring());
      } else {
        LOG.info("plugins.keyring: {} can be read again", settings.keyring());
      }
    }
    return !keys.isEmpty() && !checkout.signed(checkout.current(), keys);
  }

  /**
   * Verifies a version's signature again, without a server.
   *
   * @return why the version may not run; empty: it may
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
   * Verifies that a key of the keyring signed a commit, and marks its files; does nothing if
   * signatures aren't required.
   */
  void check(CommitFiles files, String id) throws IOException {
    if (!settings.signedOnly()) {
      return;
    }
    // read the keyring first: if it changes meanwhile, the check is repeated
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
          "is refused (plugins.verify = signed): its commit " + id + " " + problem);
    }
    OwnFiles.write(files.folder().resolve(Checkout.SIGNED), keys.getBytes(UTF_8));
  }
}
