package io.loda.agent.source.script;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.CheckoutFolder;
import io.loda.common.files.Trust;
import io.loda.common.telemetry.Discards;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * An assigned plugin, and where it runs.
 *
 * @param folder returns the folder to run in; blocks
 * @param inCheckout whether the folder changes with the version in force
 */
public record ScriptPlugin(
    Assignment.Script assignment,
    ScriptRunner runner,
    Callable<Path> folder,
    boolean inCheckout,
    Discards discards) {

  /**
   * A plugin in a checkout.
   *
   * @param begins called, on any thread, with the commit of a run before it begins
   */
  public static ScriptPlugin inCheckout(
      Assignment.Script assignment,
      ScriptRunner runner,
      Path checkout,
      Consumer<String> begins,
      Discards discards) {
    Callable<Path> folder =
        () -> {
          Path version =
              CheckoutFolder.version(
                  checkout, runner.users().of(assignment.namespace(), assignment.project()));
          begins.accept(ScriptSource.commit(version));
          return version;
        };
    return new ScriptPlugin(assignment, runner, folder, true, discards);
  }

  /**
   * A plugin in a folder of the host.
   *
   * @param copy where it runs if its user can't enter the folder
   * @param trust whose folders may run
   */
  public static ScriptPlugin inFolder(
      Assignment.Script assignment,
      ScriptRunner runner,
      Path folder,
      Path copy,
      Trust trust,
      Discards discards) {
    LocalFolder local =
        new LocalFolder(
            folder,
            copy,
            trust,
            () -> runner.users().of(assignment.namespace(), assignment.project()),
            runner.config().localRoots(),
            runner.config().maxRepositoryBytes());
    return new ScriptPlugin(assignment, runner, local::ready, false, discards);
  }
}
