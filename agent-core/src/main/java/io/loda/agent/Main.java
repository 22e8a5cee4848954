package io.loda.agent;

import io.loda.agent.cli.Complaints;
import io.loda.agent.cli.Terminal;
import io.loda.agent.cli.check.CheckCommand;
import io.loda.agent.cli.plugin.PluginCommands;
import io.loda.agent.cli.report.ReportCommand;
import io.loda.agent.cli.service.SpoolCommand;
import io.loda.agent.cli.service.StartCommand;
import io.loda.agent.cli.service.StatusCommand;
import io.loda.agent.cli.service.StopCommand;
import io.loda.agent.cli.service.VersionCommand;
import io.loda.agent.git.archive.FetchArchive;
import io.loda.agent.git.child.GitFetch;
import io.loda.common.files.SafeFiles;
import io.loda.common.profile.Signals;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command {@code agent}. Exit codes: 0 done, 1 failed, 2 usage or configuration; of those that
 * ask the running agent also 3 and 4 ({@code NotDone}).
 */
@Command(
    name = "agent",
    description = "Collects what a registry assigns to this host, and delivers it to NSQ.",
    scope = ScopeType.INHERIT,
    versionProvider = VersionCommand.class,
    subcommands = {
      StartCommand.class,
      StopCommand.class,
      StatusCommand.class,
      CheckCommand.class,
      PluginCommands.class,
      SpoolCommand.class,
      VersionCommand.class
    })
public final class Main implements Runnable {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help message and exit.")
  private boolean unusedHelp;

  @Option(
      names = {"-V", "-v", "--version"},
      versionHelp = true,
      scope = ScopeType.INHERIT,
      description = "Print version information and exit.")
  private boolean unusedVersion;

  private Main() {}

  public static void main(String[] arguments) throws IOException {
    // it would say whole arguments where it can't read them, passwords too
    System.setProperty("picocli.trace", "OFF");
    if (arguments.length > 0 && arguments[0].equals(ReportCommand.NAME)) {
      Signals.onStopExit();
    }
    try {
      SafeFiles.check();
    } catch (IllegalStateException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
    if (arguments.length == 1 && arguments[0].equals(GitFetch.COMMAND)) {
      // for the agent itself, often: without what finds out which command it is
      System.exit(GitFetch.run(System.in, System.out, System.err));
    }
    if (arguments.length == 1 && arguments[0].equals(FetchArchive.COMMAND)) {
      FetchArchive.make();
      return;
    }
    System.exit(Terminal.connect(commandLine()).execute(arguments));
  }

  public static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Main());
    line.addSubcommand(ReportCommand.NAME, new CommandLine(ReportCommand.spec()));
    Complaints complaints = new Complaints();
    return line.setParameterExceptionHandler(complaints).setExecutionExceptionHandler(complaints);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected a command, found none");
  }
}
