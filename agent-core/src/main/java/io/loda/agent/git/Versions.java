package io.loda.agent.git;

import io.loda.agent.files.LocalRoots;
import io.loda.agent.files.OwnFiles;
import io.loda.agent.files.SafeFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of plugins: which is there, whether it may run, and how a newer one comes. What
 * throws {@link IOException} blocks, and is to be called by one thread at a time for a checkout.
 */
final class Versions {

  // to whoever reads the log this is a matter of the repositories
  private static final Logger LOG = LoggerFactory.getLogger(PluginRepositories.class);

  private static final String FILE = "file:";
  private static final String WHOLE_COMMIT = "[0-9a-fA-F]{40}";

  private final GitSettings settings;
  private final Fetcher git;
  private final SignedVersions signed;
  private final Trials trials;
  private final LocalRoots roots;

  /** The version that each plugin's newest run began with; one runs at a time. */
  private final Map<Path, String> began = new ConcurrentHashMap<>();

  Versions(
      GitSettings settings, Fetcher git, SignedVersions signed, Trials trials, LocalRoots roots) {
    this.settings = settings;
    this.git = git;
    this.signed = signed;
    this.trials = trials;
    this.roots = roots;
  }

  /** Takes note of what a run began with: it stays until another begins. Any thread. */
  void begins(Checkout checkout, String commit) {
    began.put(checkout.link(), commit);
  }

  void forget(Checkout checkout) {
    trials.forget(checkout);
    began.remove(checkout.link());
  }

  /** Whether a version of this repository and reference is there that is known to be good. */
  boolean isThere(Checkout checkout, String address, String ref) throws IOException {
    return isThere(checkout, address, ref, signed);
  }

  /**
   * Fetches one unless there is one that may run.
   *
   * @return what was fetched; empty: nothing
   */
  String bring(Checkout checkout, String address, String ref) throws IOException {
    return isThere(checkout, address, ref, (same, current) -> mayRun(same))
        ? ""
        : fetch(checkout, address, ref);
  }

  private boolean isThere(Checkout checkout, String address, String ref, Trials.Trust trust)
      throws IOException {
    boolean there =
        Files.isDirectory(checkout.link())
            && Origin.mayBe(checkout.origin(), address, ref)
            && trust.trusted(checkout, checkout.current());
    if (there) {
      trials.takeBackIfLost(checkout);
    }
    return there;
  }

  /** Whether the version in force may; looks also at the one that it may have to go back to. */
  boolean mayRun(Checkout checkout) throws IOException {
    String reason = signed.refused(checkout, checkout.current());
    if (!reason.isEmpty()) {
      LOG.warn(
          "plugin {}|{}: the version that is there {}",
          checkout.folder().getFileName(),
          checkout.project(),
          reason);
      return false;
    }
    String before = trials.of(checkout).before();
    if (settings.signedOnly() && Files.isDirectory(checkout.version(before))) {
      signed.refused(checkout, before);
    }
    return true;
  }

  /**
   * Fetches the newest commit and switches to it.
   *
   * @return the commit
   */
  String fetch(Checkout checkout, String address, String ref) throws IOException {
    try {
      if (address.startsWith(FILE)) {
        roots.check(Path.of(URI.create(address).getPath()));
      }
      boolean sameOrigin = Origin.mayBe(checkout.origin(), address, ref);
      Trial trial = sameOrigin ? trials.of(checkout) : Trial.of("");
      OwnFiles.createPassable(checkout.folder());
      OwnFiles.createPassable(checkout.folder().resolve(".versions"));
      // until a run opens it to its plugin's user
      OwnFiles.createFolders(checkout.versions());
      // left by an agent that was killed while it fetched
      SafeFiles.deleteTree(checkout.unfinished());
      List<String> have = new ArrayList<>();
      for (String commit : checkout.commits()) {
        if (signed.trusted(checkout, commit)) {
          have.add(commit);
        }
      }
      have.add(trial.rejected());
      GitAnswer answer =
          git.fetch(new GitRequest(address, ref, checkout.unfinished(), have, settings));
      String commit = answer.commit();
      if (ref.matches(WHOLE_COMMIT) && !commit.equalsIgnoreCase(ref)) {
        throw new IOException("isn't taken: " + ref + " was asked for, and " + commit + " came");
      }
      if (commit.equals(trial.rejected())) {
        throw new IOException(
            "has nothing newer than "
                + commit
                + ", which failed three times in a row and was rolled-back; push another commit");
      }
      if (answer.cloned()) {
        take(checkout, commit);
      } else if (!have.contains(commit)) {
        throw new IOException("isn't taken: " + commit + " is said to be here, and isn't");
      }
      checkout.switchTo(commit);
      Origin.write(checkout.origin(), address, ref);
      Trial next = trials.updated(checkout, trial, commit);
      checkout.removeOld(commit, next.before(), began.getOrDefault(checkout.link(), ""));
      return commit;
    } catch (IOException e) {
      SafeFiles.deleteTree(checkout.unfinished());
      // without its cause, which repeats the address as it is; a server's words go to a terminal
      throw new IOException(
          Addresses.withoutSecrets("git " + address + " " + e.getMessage())
              .replaceAll("\\p{Cntrl}+", " "));
    }
  }

  /** What a child brought is a version when its files are those of a commit that may be taken. */
  private void take(Checkout checkout, String commit) throws IOException {
    CommitFiles files = new CommitFiles(checkout.unfinished());
    files.check(commit);
    signed.check(files, commit);
    checkout.finish(commit);
  }
}
