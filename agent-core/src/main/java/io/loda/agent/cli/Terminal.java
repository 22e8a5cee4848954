package io.loda.agent.cli;

import io.loda.common.logging.VisibleText;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where commands write: results to standard output, everything else to standard error. The one
 * place that does, so that nothing from outside steers a terminal.
 */
public final class Terminal {

  private static final PrintStream OUT = stream(FileDescriptor.out);
  private static final PrintStream ERR = stream(FileDescriptor.err);

  private Terminal() {}

  public static PrintStream out() {
    return OUT;
  }

  /**
   * The command line with its output in UTF-8, whatever the locale. What a Java plugin prints goes
   * to standard error: among points it would be taken for one.
   */
  public static CommandLine connect(CommandLine command) {
    System.setOut(System.err);
    return command.setOut(writer(OUT)).setErr(writer(ERR));
  }

  /** Says a command's result, in lines. */
  public static void say(CommandSpec command, String lines) {
    print(command, VisibleText.lines(lines));
  }

  /** Says a command's result for a program. */
  public static void sayJson(CommandSpec command, String json) {
    print(command, VisibleText.data(json));
  }

  private static void print(CommandSpec command, String visible) {
    PrintWriter out = command.commandLine().getOut();
    out.println(visible);
    out.flush();
  }

  /** Says what went wrong. */
  public static void complain(CommandSpec command, String line) {
    PrintWriter err = command.commandLine().getErr();
    err.println("agent: " + VisibleText.lines(line).replace("\n", "\nagent: "));
    err.flush();
  }

  /** Standard output for data: unlike a PrintStream, it says that it can't be written each time. */
  public static OutputStream raw() {
    return new FileOutputStream(FileDescriptor.out);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), false, StandardCharsets.UTF_8);
  }
}
