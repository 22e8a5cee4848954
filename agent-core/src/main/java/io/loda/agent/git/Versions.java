package io.loda.agent.git;

import io.loda.agent.git.commit.CommitFiles;
import io.loda.agent.git.exchange.GitAnswer;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.agent.git.exchange.GitSettings;
import io.loda.agent.git.exchange.Origin;
import io.loda.agent.git.fetch.Fetcher;
import io.loda.common.config.Secrets;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.allowed.LocalRoots;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the versions of plugins on disk, checks whether they may run, fetches and switches. Methods
 * that throw {@link IOException} block; one thread at a time for a checkout.
 */
final class Versions {

  // logs with the logger of the repositories
  private static final Logger LOG = LoggerFactory.getLogger(PluginRepositories.class);

  private static final String FILE = "file:";
  private static final String WHOLE_COMMIT = "[0-9a-fA-F]{40}";

  private final GitSettings settings;
  private final Fetcher git;
  private final SignedVersions signed;
  private final Rollouts rollouts;
  private final LocalRoots roots;
  private final Predicate<String> refs;

  /** The version of each plugin's newest run; a plugin has one run at a time. */
  private final Map<Path, String> began = new ConcurrentHashMap<>();

  /**
   * @param refs the allowed references of a version that remains in force although another
   *     reference is requested
   */
  Versions(
      GitSettings settings,
      Fetcher git,
      SignedVersions signed,
      Rollouts rollouts,
      LocalRoots roots,
      Predicate<String> refs) {
    this.settings = settings;
    this.git = git;
    this.signed = signed;
    this.rollouts = rollouts;
    this.roots = roots;
    this.refs = refs;
  }

  /** Notes the version of a run: it is kept until another run begins. Any thread. */
  void begins(Checkout checkout, String commit) {
    began.put(checkout.link(), commit);
  }

  void forget(Checkout checkout) {
    rollouts.forget(checkout);
    began.remove(checkout.link());
  }

  /** Which version of a plugin is on disk. */
  enum There {
    /** A version of this repository and of the requested reference. */
    AS_ASKED,
    /** A version of this repository but of another reference; it may run. */
    ANOTHER,
    /** No version that may run. */
    NOTHING
  }

  /** Finds a version that may run; first rolls back one that failed too often. */
  There look(Checkout checkout, String address, String ref) throws IOException {
    if (!Files.isDirectory(checkout.link()) || !Origin.mayBe(checkout.origin(), address, ref)) {
      return There.NOTHING;
    }
    rollouts.rollBackIfFailed(checkout);
    if (!signed.trusted(checkout, checkout.current())) {
      return There.NOTHING;
    }
    FetchedCommit version = version(checkout, address, ref);
    if (version.ref().equals(ref)) {
      return There.AS_ASKED;
    }
    if (version.commit().equalsIgnoreCase(ref)) {
      rollouts.isAlso(checkout, ref);
      return There.AS_ASKED;
    }
    return refs.test(version.ref()) ? There.ANOTHER : There.NOTHING;
  }

  /** Returns the version in force; converts an older agent's files. */
  private FetchedCommit version(Checkout checkout, String address, String ref) throws IOException {
    if (rollouts.of(checkout).version().ref().equals(FetchedCommit.UNKNOWN)) {
      String earlier = Origin.earlierRef(checkout.origin(), address, ref);
      if (earlier != null) {
        rollouts.fetchedBy(checkout, earlier);
        Origin.write(checkout.origin(), address);
      }
    }
    return rollouts.of(checkout).version();
  }

  /** Returns whether the policy allows the reference of the version in force. */
  boolean cameAsAllowed(Checkout checkout) throws IOException {
    return refs.test(rollouts.of(checkout).version().ref());
  }

  /**
   * Returns whether the signature of the version in force is good; verifies also the version that
   * it may be rolled back to.
   */
  boolean isSigned(Checkout checkout) throws IOException {
    String reason = signed.refused(checkout, checkout.current());
    if (!reason.isEmpty()) {
      LOG.warn("plugin {}: version on disk refused: {}", checkout.key(), reason);
      return false;
    }
    String before = rollouts.of(checkout).before().commit();
    if (settings.signedOnly() && Files.isDirectory(checkout.version(before))) {
      signed.refused(checkout, before);
    }
    return true;
  }

  /**
   * Fetches the requested commit, or the newest one, unless it is on disk. Doesn't switch.
   *
   * @return the commit
   */
  String fetch(Checkout checkout, String address, String ref) throws IOException {
    try {
      if (address.startsWith(FILE)) {
        roots.check(Path.of(URI.create(address).getPath()));
      }
      OwnFiles.createPassable(checkout.folder());
      OwnFiles.createPassable(checkout.folder().resolve(".versions"));
      // closed to others until a run gives its user access
      OwnFiles.createFolders(checkout.versions());
      // a killed agent may have left it
      SafeFiles.deleteTree(checkout.unfinished());
      List<String> have = new ArrayList<>();
      for (String commit : checkout.commits()) {
        if (signed.trusted(checkout, commit)) {
          have.add(commit);
        }
      }
      List<String> known = new ArrayList<>(have);
      if (Origin.mayBe(checkout.origin(), address, ref)) {
        // a rolled-back commit would be refused, so don't fetch it
        Rollout rollout = rollouts.of(checkout);
        rollout.rejected().stream()
            .filter(one -> rollout.refuses(new FetchedCommit(one.commit(), ref)))
            .forEach(one -> known.add(one.commit()));
      }
      GitAnswer answer =
          git.fetch(new GitRequest(address, ref, checkout.unfinished(), known, settings));
      String commit = answer.commit();
      if (ref.matches(WHOLE_COMMIT) && !commit.equalsIgnoreCase(ref)) {
        throw new IOException("is refused: " + ref + " was requested, and " + commit + " sent");
      }
      if (answer.cloned()) {
        take(checkout, commit);
      } else if (!known.contains(commit)) {
        throw new IOException("is refused: " + commit + " isn't on disk, though the child says so");
      }
      return commit;
    } catch (IOException e) {
      SafeFiles.deleteTree(checkout.unfinished());
      throw said(address, e);
    }
  }

  /**
   * Returns the error without its cause, which has the raw address, and with visible characters
   * only.
   */
  private static IOException said(String address, IOException e) {
    return new IOException(
        Secrets.hidden("git " + address + " " + e.getMessage()).replaceAll("\\p{Cntrl}+", " "));
  }

  /**
   * Switches to a fetched commit.
   *
   * @throws RolledBackException if it was rolled back before
   */
  PluginUpdate switchTo(Checkout checkout, String address, FetchedCommit next) throws IOException {
    try {
      boolean same = Origin.mayBe(checkout.origin(), address, next.ref());
      if (same && Files.isDirectory(checkout.link())) {
        version(checkout, address, next.ref());
      }
      Rollout rollout = same ? rollouts.of(checkout) : Rollout.of(FetchedCommit.NONE);
      if (rollout.refuses(next)) {
        throw new RolledBackException(next);
      }
      String from = checkout.current();
      if (!same) {
        // otherwise, after a kill now, the old version would count as the new repository's
        Origin.forget(checkout.origin());
      }
      String before = rollouts.switchTo(checkout, next, !same);
      Origin.write(checkout.origin(), address);
      if (!next.commit().equals(from)) {
        LOG.info(
            "plugin {}: switched from {} to {}{}",
            checkout.key(),
            from.isEmpty() ? "none" : from,
            next.commit(),
            next.ref().isEmpty() ? "" : " (ref " + next.ref() + ")");
      }
      checkout.removeOld(next.commit(), before, began.getOrDefault(checkout.link(), ""));
      return new PluginUpdate(from, next.commit());
    } catch (RolledBackException e) {
      // this isn't an error of the server
      throw e;
    } catch (IOException e) {
      throw said(address, e);
    }
  }

  /** Verifies the files and the signature of the child's clone, and makes it a version. */
  private void take(Checkout checkout, String commit) throws IOException {
    CommitFiles files = new CommitFiles(checkout.unfinished());
    files.check(commit);
    signed.check(files, commit);
    checkout.finish(commit);
  }
}
