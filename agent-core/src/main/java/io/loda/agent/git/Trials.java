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
 * How the versions in force do, and the way back from one that fails. What throws {@link
 * IOException} blocks, and is to be called by one thread at a time for a checkout.
 */
final class Trials {

  // the way back is what operators know the repositories for
  private static final Logger LOG = LoggerFactory.getLogger(PluginRepositories.class);

  private final Map<Path, Trial> trials = new ConcurrentHashMap<>();
  private final Trust trust;
  private final Predicate<String> refs;

  /** Whether a version may run. */
  interface Trust {

    boolean trusted(Checkout checkout, String commit) throws IOException;
  }

  /**
   * None is known yet.
   *
   * @param refs by which a version may have come that is gone back to
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

  /** What is in force; any thread, comes back at once. */
  PluginVersion version(Checkout checkout) {
    Trial trial = trials.get(checkout.link());
    return trial == null
        ? PluginVersion.NONE
        : new PluginVersion(trial.commit(), trial.from().commit(), trial.rolledBack());
  }

  /** Takes note of the reference by which an earlier agent brought what is there. */
  void cameBy(Checkout checkout, String ref) throws IOException {
    of(checkout);
    TrialFile.save(checkout.trial(), change(checkout, trial -> trial.by(ref)));
  }

  /** Takes note that what is in force was asked for by another reference. */
  void isAlso(Checkout checkout, String ref) throws IOException {
    of(checkout);
    TrialFile.save(
        checkout.trial(), change(checkout, trial -> trial.updated(new Came(trial.commit(), ref))));
  }

  /**
   * Takes note of a run; any thread, comes back at once.
   *
   * @return whether there is something to {@link #settle}
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
   * Writes down how the version does, or takes it back.
   *
   * @return whether it was taken back
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
   * @param anew what ran before was of another repository, and says nothing of this one
   * @return the commit to go back to; empty: none
   */
  String switchTo(Checkout checkout, Came next, boolean anew) throws IOException {
    Trial trial = of(checkout);
    try {
      Trial now = change(checkout, known -> (anew ? Trial.of(Came.NONE) : known).updated(next));
      // first: a restart then knows what was in force, whichever of both it finds
      TrialFile.save(checkout.trial(), now);
      checkout.switchTo(next.commit());
      return now.before().commit();
    } catch (IOException e) {
      // what is in force then is what the link says
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
    // first, so that a restart finds that it lost
    TrialFile.save(checkout.trial(), trial);
    Came before = trial.before();
    Trial next;
    if (Files.isDirectory(checkout.version(before.commit()))
        && trust.trusted(checkout, before.commit())
        && refs.test(before.ref())) {
      checkout.switchTo(before.commit());
      next = trial.takenBack();
      LOG.error(
          "plugin {}: commit {} failed {} times in a row: rolled-back to {}, which was good;"
              + " it isn't taken again until another commit comes",
          checkout.key(),
          trial.commit(),
          trial.failures(),
          before.commit());
    } else {
      next = trial.withoutReturn();
      LOG.error(
          "plugin {}: commit {} failed {} times in a row, and {} isn't there to go back to, isn't signed"
              + " by plugins.keyring, or came by a reference that policy.conf doesn't allow",
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
