package io.loda.agent.source.script.result;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Explains why a program couldn't be started, and what to do. */
public final class StartFailure {

  /** The exit codes of util-linux' programs when they can't start the next program. */
  private static final int CANNOT_EXECUTE = 126;

  private static final int NOT_FOUND = 127;

  /** Their message for {@code EAGAIN}: the limit on processes was reached. */
  private static final String CROWDED = "Resource temporarily unavailable";

  /** The exit code of the shell that runs before them, and what it prints. */
  public static final int CAGE_FAILED = 125;

  public static final String CAGE = "the plugin was not run: it can not have";

  private static final Pattern SAID =
      Pattern.compile("[a-z]+: failed to execute (?<program>[^\\n]+): (?<reason>[^:\\n]+)");

  private StartFailure() {}

  /** Explains the failure of a step before the plugin; empty when the plugin was started. */
  public static String of(int exit, String errors, Path folder) {
    int cage = errors.lastIndexOf(CAGE);
    if (exit == CAGE_FAILED && cage >= 0) {
      return errors.substring(cage).strip()
          + " ("
          + errors.substring(0, cage).strip()
          + "); look at plugins.limits, and at the limits"
          + " of the agent itself (ulimit -Ha)";
    }
    Matcher said = SAID.matcher(errors.strip());
    if ((exit != CANNOT_EXECUTE && exit != NOT_FOUND)
        || !said.matches()
        || !Path.of(said.group("program")).startsWith(folder)) {
      return "";
    }
    Path program = Path.of(said.group("program"));
    if (isCrowded(exit, errors)) {
      return program
          + ": the plugins' user has more processes and threads already than a run may have"
          + " (plugins.limits.processes); see what runs as that user, or give plugins one of their"
          + " own (plugins.user)";
    }
    if (exit == CANNOT_EXECUTE) {
      return unreachable(program, said.group("reason"));
    }
    return Files.exists(program)
        ? program
            + ": expected a first line that names an interpreter of this host, found another;"
            + " correct what follows #!, and look for a carriage return at its end"
        : program + ": expected a program, found it deleted; /plugins/update fetches it again";
  }

  /** Returns whether the plugin wasn't started because its user had too many processes already. */
  public static boolean isCrowded(RunResult result) {
    return result.outcome() == RunResult.Outcome.START_FAILED
        && isCrowded(result.exitCode(), result.stderr());
  }

  private static boolean isCrowded(int exit, String errors) {
    Matcher said = SAID.matcher(errors.strip());
    return exit == CANNOT_EXECUTE && said.matches() && said.group("reason").equals(CROWDED);
  }

  /** Explains that the plugin's user can't run a program. */
  public static String unreachable(Path program, String reason) {
    return program
        + ": expected a program that the plugins' user can run, found: "
        + reason
        + "; look at the modes of the file and of the folders above it (plugins.dir), at its first"
        + " line, and for a file system mounted noexec";
  }
}
