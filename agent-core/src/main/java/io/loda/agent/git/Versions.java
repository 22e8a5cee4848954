package io.loda.agent.git;

import io.loda.agent.git.commit.CommitFiles;
import io.loda.agent.git.exchange.Addresses;
import io.loda.agent.git.exchange.GitAnswer;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.agent.git.exchange.GitSettings;
import io.loda.agent.git.exchange.Origin;
import io.loda.agent.git.fetch.Fetcher;
import io.loda.common.files.LocalRoots;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
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
  private final Predicate<String> refs;

  /** The version that each plugin's newest run began with; one runs at a time. */
  private final Map<Path, String> began = new ConcurrentHashMap<>();

  /**
   * Versions.
   *
   * @param refs by which a version may have come that goes on though another is asked for
   */
  Versions(
      GitSettings settings,
      Fetcher git,
      SignedVersions signed,
      Trials trials,
      LocalRoots roots,
      Predicate<String> refs) {
    this.settings = settings;
    this.git = git;
    this.signed = signed;
    this.trials = trials;
    this.roots = roots;
    this.refs = refs;
  }

  /** Takes note of what a run began with: it stays until another begins. Any thread. */
  void begins(Checkout checkout, String commit) {
    began.put(checkout.link(), commit);
  }

  void forget(Checkout checkout) {
    trials.forget(checkout);
    began.remove(checkout.link());
  }

  /** What there is of a plugin. */
  enum There {
    /** A version of this repository, by this reference. */
    AS_ASKED,
    /** One of this repository, by another reference; it may go on. */
    ANOTHER,
    /** Nothing that may run. */
    NOTHING
  }

  /** What is there that may run; where a version failed too often, the one before is back then. */
  There look(Checkout checkout, String address, String ref) throws IOException {
    if (!Files.isDirectory(checkout.link()) || !Origin.mayBe(checkout.origin(), address, ref)) {
      return There.NOTHING;
    }
    trials.takeBackIfLost(checkout);
    if (!signed.trusted(checkout, checkout.current())) {
      return There.NOTHING;
    }
    Came version = version(checkout, address, ref);
    if (version.ref().equals(ref)) {
      return There.AS_ASKED;
    }
    if (version.commit().equalsIgnoreCase(ref)) {
      trials.isAlso(checkout, ref);
      return There.AS_ASKED;
    }
    return refs.test(version.ref()) ? There.ANOTHER : There.NOTHING;
  }

  /** The one in force; what an earlier agent knew of it is written down as it is now. */
  private Came version(Checkout checkout, String address, String ref) throws IOException {
    if (trials.of(checkout).version().ref().equals(Came.UNKNOWN)) {
      String earlier = Origin.earlierRef(checkout.origin(), address, ref);
      if (earlier != null) {
        trials.cameBy(checkout, earlier);
        Origin.write(checkout.origin(), address);
      }
    }
    return trials.of(checkout).version();
  }

  /** Whether the reference by which the version in force came is one that the owner allows. */
  boolean cameAsAllowed(Checkout checkout) throws IOException {
    return refs.test(trials.of(checkout).version().ref());
  }

  /**
   * Whether the version in force may run by its signature; looks also at the one that it may have
   * to go back to.
   */
  boolean isSigned(Checkout checkout) throws IOException {
    String reason = signed.refused(checkout, checkout.current());
    if (!reason.isEmpty()) {
      LOG.warn("plugin {}: the version that is there {}", checkout.key(), reason);
      return false;
    }
    String before = trials.of(checkout).before().commit();
    if (settings.signedOnly() && Files.isDirectory(checkout.version(before))) {
      signed.refused(checkout, before);
    }
    return true;
  }

  /**
   * Fetches the commit that is asked for, or the newest one, where it isn't there.
   *
   * @return the commit; what is in force stays so
   */
  String fetch(Checkout checkout, String address, String ref) throws IOException {
    try {
      if (address.startsWith(FILE)) {
        roots.check(Path.of(URI.create(address).getPath()));
      }
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
      List<String> known = new ArrayList<>(have);
      if (Origin.mayBe(checkout.origin(), address, ref)) {
        // it would be refused, so it needn't be brought
        Trial trial = trials.of(checkout);
        trial.rejected().stream()
            .filter(one -> trial.refuses(new Came(one.commit(), ref)))
            .forEach(one -> known.add(one.commit()));
      }
      GitAnswer answer =
          git.fetch(new GitRequest(address, ref, checkout.unfinished(), known, settings));
      String commit = answer.commit();
      if (ref.matches(WHOLE_COMMIT) && !commit.equalsIgnoreCase(ref)) {
        throw new IOException("isn't taken: " + ref + " was asked for, and " + commit + " came");
      }
      if (answer.cloned()) {
        take(checkout, commit);
      } else if (!known.contains(commit)) {
        throw new IOException("isn't taken: " + commit + " is said to be here, and isn't");
      }
      return commit;
    } catch (IOException e) {
      SafeFiles.deleteTree(checkout.unfinished());
      throw said(address, e);
    }
  }

  /** Without its cause, which repeats the address as it is; a server's words go to a terminal. */
  private static IOException said(String address, IOException e) {
    return new IOException(
        Addresses.withoutSecrets("git " + address + " " + e.getMessage())
            .replaceAll("\\p{Cntrl}+", " "));
  }

  /**
   * Switches to a commit that was fetched.
   *
   * @throws TakenBackException where it is one that was taken back
   */
  PluginUpdate switchTo(Checkout checkout, String address, Came next) throws IOException {
    try {
      boolean same = Origin.mayBe(checkout.origin(), address, next.ref());
      if (same && Files.isDirectory(checkout.link())) {
        version(checkout, address, next.ref());
      }
      Trial trial = same ? trials.of(checkout) : Trial.of(Came.NONE);
      if (trial.refuses(next)) {
        throw new TakenBackException(next);
      }
      String from = checkout.current();
      if (!same) {
        // or what runs would be taken for the other repository's by an agent that is killed now
        Origin.forget(checkout.origin());
      }
      String before = trials.switchTo(checkout, next, !same);
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
    } catch (TakenBackException e) {
      // the server did what it was asked
      throw e;
    } catch (IOException e) {
      throw said(address, e);
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
