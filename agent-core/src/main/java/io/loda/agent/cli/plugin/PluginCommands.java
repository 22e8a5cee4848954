package io.loda.agent.cli.plugin;

import io.loda.agent.cli.plugintest.PluginTestCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code agent plugin}: the parent of the commands about plugins. */
@Command(
    name = "plugin",
    description = "Makes and tests plugins; shows, runs and updates a running agent's.",
    subcommands = {
      PluginListCommand.class,
      PluginFieldsCommand.class,
      PluginRunCommand.class,
      PluginRunsCommand.class,
      PluginChange.Update.class,
      PluginChange.Enable.class,
      PluginChange.Disable.class,
      PluginTestCommand.class,
      PluginNewCommand.class
    })
public final class PluginCommands implements Runnable {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected a command, found none");
  }
}
