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
 * The rollouts of all versions in force, and rollbacks. Methods that throw {@link IOException}
 * block; one thread at a time for a checkout.
 */
final class Rollouts {

  // logs with the logger of the repositories
  private static final Logger LOG = LoggerFactory.getLogger(PluginRepositories.class);

  private final Map<Path, Rollout> rollouts = new ConcurrentHashMap<>();
  private final Verifier verifier;
  private final Predicate<String> refs;

  /** Decides whether a version may run. */
  interface Verifier {

    boolean trusted(Checkout checkout, String commit) throws IOException;
  }

  /**
   * @param refs the allowed references of a version to roll back to
   */
  Rollouts(Verifier verifier, Predicate<String> refs) {
    this.verifier = verifier;
    this.refs = refs;
  }

  Rollout of(Checkout checkout) throws IOException {
    Rollout known = rollouts.get(checkout.link());
    if (known == null) {
      known = RolloutFile.load(checkout.rolloutFile(), checkout.current());
      Rollout meanwhile = rollouts.putIfAbsent(checkout.link(), known);
      return meanwhile == null ? known : meanwhile;
    }
    return known;
  }

  /** Returns the version in force; any thread, doesn't block. */
  PluginVersion version(Checkout checkout) {
    Rollout rollout = rollouts.get(checkout.link());
    return rollout == null
        ? PluginVersion.NONE
        : new PluginVersion(rollout.commit(), rollout.from().commit(), rollout.rolledBack());
  }

  /** Notes the reference of a version that an older agent fetched. */
  void fetchedBy(Checkout checkout, String ref) throws IOException {
    of(checkout);
    RolloutFile.save(checkout.rolloutFile(), change(checkout, rollout -> rollout.by(ref)));
  }

  /** Notes that the version in force is also the version of another reference. */
  void isAlso(Checkout checkout, String ref) throws IOException {
    of(checkout);
    RolloutFile.save(
        checkout.rolloutFile(),
        change(checkout, rollout -> rollout.updated(new FetchedCommit(rollout.commit(), ref))));
  }

  /**
   * Notes a run; any thread, doesn't block.
   *
   * @return whether to call {@link #settle}
   */
  boolean ran(Checkout checkout, String commit, boolean ok) {
    Rollout[] before = new Rollout[1];
    Rollout after =
        rollouts.computeIfPresent(
            checkout.link(),
            (link, rollout) -> {
              before[0] = rollout;
              return rollout.ran(commit, ok);
            });
    return after != null && !after.equals(before[0]);
  }

  /**
   * Saves the rollout, or rolls the version back.
   *
   * @return whether it was rolled back
   */
  boolean settle(Checkout checkout) throws IOException {
    if (rollBackIfFailed(checkout)) {
      return true;
    }
    RolloutFile.save(checkout.rolloutFile(), of(checkout));
    return false;
  }

  /**
   * Switches to another version, which may be rolled back.
   *
   * @param anew true: the version before was of another repository, so there is no rollback to it
   * @return the commit to roll back to; empty: none
   */
  String switchTo(Checkout checkout, FetchedCommit next, boolean anew) throws IOException {
    Rollout rollout = of(checkout);
    try {
      Rollout now =
          change(checkout, known -> (anew ? Rollout.of(FetchedCommit.NONE) : known).updated(next));
      // save first: a restart then knows both versions, whichever the link has
      RolloutFile.save(checkout.rolloutFile(), now);
      checkout.switchTo(next.commit());
      return now.before().commit();
    } catch (IOException e) {
      // the link decides which version is in force
      rollouts.put(checkout.link(), rollout.at(checkout.current()));
      throw e;
    }
  }

  private Rollout change(Checkout checkout, UnaryOperator<Rollout> change) {
    // a run may end meanwhile
    return Objects.requireNonNull(
        rollouts.computeIfPresent(checkout.link(), (link, rollout) -> change.apply(rollout)));
  }

  void forget(Checkout checkout) {
    rollouts.remove(checkout.link());
  }

  boolean rollBackIfFailed(Checkout checkout) throws IOException {
    Rollout rollout = of(checkout);
    if (!rollout.mustRollBack()) {
      return false;
    }
    // save first, so that a restart finds the failures
    RolloutFile.save(checkout.rolloutFile(), rollout);
    FetchedCommit before = rollout.before();
    Rollout next;
    if (Files.isDirectory(checkout.version(before.commit()))
        && verifier.trusted(checkout, before.commit())
        && refs.test(before.ref())) {
      checkout.switchTo(before.commit());
      next = rollout.afterRollback();
      LOG.error(
          "plugin {}: commit {} failed {} times in a row, rolled-back to {}, which was good;"
              + " push another commit to replace it",
          checkout.key(),
          rollout.commit(),
          rollout.failures(),
          before.commit());
    } else {
      next = rollout.withoutRollback();
      LOG.error(
          "plugin {}: commit {} failed {} times in a row, rollback to {} refused: it is gone, not signed by"
              + " plugins.keyring, or policy.conf doesn't allow its ref",
          checkout.key(),
          rollout.commit(),
          rollout.failures(),
          before.commit());
    }
    rollouts.put(checkout.link(), next);
    RolloutFile.save(checkout.rolloutFile(), next);
    return true;
  }
}
