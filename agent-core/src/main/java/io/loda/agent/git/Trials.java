package io.loda.agent.git;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trials of the versions in force, and their rollback. Methods that throw {@link IOException}
 * block; one thread at a time for a checkout.
 */
final class Trials {

  // logs under the name of the repositories
  private static final Logger LOG = LoggerFactory.getLogger(PluginRepositories.class);

  private final Map<Path, Trial> trials = new ConcurrentHashMap<>();
  private final Trust trust;
  private final Predicate<String> refs;

  /** Decides whether a version may run. */
  interface Trust {

    boolean trusted(Checkout checkout, String commit) throws IOException;
  }

  /**
   * @param refs the allowed references of a version to roll back to
   */
  Trials(Trust trust, Predicate<String> refs) {
    this.trust = trust;
    this.refs = refs;
  }

  Trial of(Checkout checkout) throws IOException {
    Trial known = trials.get(checkout.link());
    if (known == null) {
      known = TrialFile.load(checkout.trial(), checkout.current());
      Trial meanwhile = trials.putIfAbsent(checkout.link(), known);
      return meanwhile == null ? known : meanwhile;
    }
    return known;
  }

  /** The version in force; any thread, doesn't block. */
  PluginVersion version(Checkout checkout) {
    Trial trial = trials.get(checkout.link());
    return trial == null
        ? PluginVersion.NONE
        : new PluginVersion(trial.commit(), trial.from().commit(), trial.rolledBack());
  }

  /** Notes the reference of a version that an older agent fetched. */
  void cameBy(Checkout checkout, String ref) throws IOException {
    of(checkout);
    TrialFile.save(checkout.trial(), change(checkout, trial -> trial.by(ref)));
  }

  /** Notes that the version in force is also that of another reference. */
  void isAlso(Checkout checkout, String ref) throws IOException {
    of(checkout);
    TrialFile.save(
        checkout.trial(), change(checkout, trial -> trial.updated(new Came(trial.commit(), ref))));
  }

  /**
   * Notes a run; any thread, doesn't block.
   *
   * @return whether to call {@link #settle}
   */
  boolean ran(Checkout checkout, String commit, boolean ok) {
    Trial[] before = new Trial[1];
    Trial after =
        trials.computeIfPresent(
            checkout.link(),
            (link, trial) -> {
              before[0] = trial;
              return trial.ran(commit, ok);
            });
    return after != null && !after.equals(before[0]);
  }

  /**
   * Saves the trial, or rolls the version back.
   *
   * @return whether it was rolled back
   */
  boolean settle(Checkout checkout) throws IOException {
    if (takeBackIfLost(checkout)) {
      return true;
    }
    TrialFile.save(checkout.trial(), of(checkout));
    return false;
  }

  /**
   * Switches to another version, on trial.
   *
   * @param anew true: the version before was of another repository, so there is no rollback to it
   * @return the commit to roll back to; empty: none
   */
  String switchTo(Checkout checkout, Came next, boolean anew) throws IOException {
    Trial trial = of(checkout);
    try {
      Trial now = change(checkout, known -> (anew ? Trial.of(Came.NONE) : known).updated(next));
      // save first: a restart then knows both versions, whichever the link has
      TrialFile.save(checkout.trial(), now);
      checkout.switchTo(next.commit());
      return now.before().commit();
    } catch (IOException e) {
      // the link tells which version is in force
      trials.put(checkout.link(), trial.at(checkout.current()));
      throw e;
    }
  }

  private Trial change(Checkout checkout, UnaryOperator<Trial> change) {
    // runs may end meanwhile
    return Objects.requireNonNull(
        trials.computeIfPresent(checkout.link(), (link, trial) -> change.apply(trial)));
  }

  void forget(Checkout checkout) {
    trials.remove(checkout.link());
  }

  boolean takeBackIfLost(Checkout checkout) throws IOException {
    Trial trial = of(checkout);
    if (!trial.lost()) {
      return false;
    }
    // save first, so that a restart finds that it failed
    TrialFile.save(checkout.trial(), trial);
    Came before = trial.before();
    Trial next;
    if (Files.isDirectory(checkout.version(before.commit()))
        && trust.trusted(checkout, before.commit())
        && refs.test(before.ref())) {
      checkout.switchTo(before.commit());
      next = trial.takenBack();
      LOG.error(
          "plugin {}: commit {} failed {} times in a row, rolled-back to {}, which was good;"
              + " push another commit to replace it",
          checkout.key(),
          trial.commit(),
          trial.failures(),
          before.commit());
    } else {
      next = trial.withoutReturn();
      LOG.error(
          "plugin {}: commit {} failed {} times in a row, rollback to {} refused: it is gone, not signed by"
              + " plugins.keyring, or of a reference that policy.conf doesn't allow",
          checkout.key(),
          trial.commit(),
          trial.failures(),
          before.commit());
    }
    trials.put(checkout.link(), next);
    TrialFile.save(checkout.trial(), next);
    return true;
  }
}
