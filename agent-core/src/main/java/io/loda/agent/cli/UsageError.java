package io.loda.agent.cli;

import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Writes what is wrong with a command's arguments and how to get help, in two lines. */
public final class UsageError implements IParameterExceptionHandler {

  @Override
  public int handleParseException(ParameterException e, String[] arguments) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    String problem = String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    Terminal.complain(command, problem + "\nsee " + command.qualifiedName() + " --help");
    return CommandLine.ExitCode.USAGE;
  }
}
