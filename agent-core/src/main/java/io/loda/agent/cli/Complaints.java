package io.loda.agent.cli;

import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.config.ConfigException;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Writes what is wrong with a command's arguments and how to get help, or why it failed. */
public final class Complaints implements IParameterExceptionHandler, IExecutionExceptionHandler {

  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String problem = String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    Terminal.complain(command, problem + "\nsee " + command.qualifiedName() + " --help");
    return NotDone.USAGE;
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed)
      throws Exception {
    boolean badConfig = e instanceof ConfigException || e instanceof PluginUser.BadUser;
    if (!badConfig && !(e instanceof IOException)) {
      throw e;
    }
    Terminal.complain(command.getCommandSpec(), String.valueOf(e.getMessage()));
    return badConfig
        ? NotDone.USAGE
        : e instanceof NotDone notDone ? notDone.exitCode() : NotDone.FAILED;
  }
}
