package io.loda.agent.git;

import io.loda.agent.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.eclipse.jgit.lib.GpgConfig;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.SignatureVerifier.SignatureVerification;
import org.eclipse.jgit.lib.SignatureVerifiers;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;

/** Takes only commits that a key of a keyring signed. JGit takes them apart, gpgv judges. */
final class SignedCommits {

  private final Path keyring;

  SignedCommits(Path keyring) {
    this.keyring = keyring;
  }

  /** Fails for a commit that isn't signed, or not so. */
  void check(Repository repository, ObjectId id) throws IOException {
    Path scratch = repository.getDirectory().toPath().resolve("agent-verify");
    SignatureVerifiers.set(GpgConfig.GpgFormat.OPENPGP, new Gpgv(keyring, scratch));
    try (RevWalk commits = new RevWalk(repository)) {
      RevCommit commit = commits.parseCommit(id);
      byte[] signature = commit.getRawGpgSignature();
      if (signature == null) {
        throw refused(id, "isn't signed; sign it with git commit -S");
      }
      if (SignatureVerifiers.getFormat(signature) != GpgConfig.GpgFormat.OPENPGP) {
        throw refused(id, "is signed with something else than OpenPGP");
      }
      SignatureVerification verification =
          SignatureVerifiers.verify(repository, new GpgConfig(repository.getConfig()), commit);
      if (verification == null || !verification.verified()) {
        throw refused(id, verification == null ? "can't be verified" : verification.message());
      }
    } finally {
      SafeFiles.deleteTree(scratch);
    }
  }

  private static IOException refused(ObjectId commit, String why) {
    return new IOException(
        "isn't taken (plugins.verify = signed): its commit " + commit.name() + " " + why);
  }
}
