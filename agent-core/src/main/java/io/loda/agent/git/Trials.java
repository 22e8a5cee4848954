package io.loda.agent.git;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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

  /** Whether a version may run. */
  interface Trust {

    boolean trusted(Checkout checkout, String commit) throws IOException;
  }

  Trials(Trust trust) {
    this.trust = trust;
  }

  Trial of(Checkout checkout) throws IOException {
    Trial known = trials.get(checkout.link());
    if (known == null) {
      known = Trial.load(checkout.trial(), checkout.current());
      trials.put(checkout.link(), known);
    }
    return known;
  }

  /** What is in force; any thread, comes back at once. */
  PluginVersion version(Checkout checkout) {
    Trial trial = trials.get(checkout.link());
    return trial == null ? PluginVersion.NONE : new PluginVersion(trial.commit(), trial.rejected());
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
    of(checkout).save(checkout.trial());
    return false;
  }

  /** After a switch: what runs meanwhile have brought counts too, where they were of {@code of}. */
  Trial updated(Checkout checkout, Trial of, String commit) throws IOException {
    Trial next =
        trials.compute(
            checkout.link(),
            (link, now) ->
                (now != null && now.commit().equals(of.commit()) ? now : of).updated(commit));
    next.save(checkout.trial());
    return next;
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
    trial.save(checkout.trial());
    Trial next;
    if (Files.isDirectory(checkout.version(trial.before()))
        && trust.trusted(checkout, trial.before())) {
      checkout.switchTo(trial.before());
      next = trial.takenBack();
      LOG.error(
          "plugin {}|{}: commit {} failed {} times in a row: rolled-back to {}, which was good;"
              + " it isn't taken again until another commit comes",
          checkout.folder().getFileName(),
          checkout.project(),
          trial.commit(),
          trial.failures(),
          trial.before());
    } else {
      next = trial.withoutReturn();
      LOG.error(
          "plugin {}|{}: commit {} failed {} times in a row, and {} isn't there to go back to, or isn't signed"
              + " by plugins.keyring",
          checkout.folder().getFileName(),
          checkout.project(),
          trial.commit(),
          trial.failures(),
          trial.before());
    }
    trials.put(checkout.link(), next);
    next.save(checkout.trial());
    return true;
  }
}
