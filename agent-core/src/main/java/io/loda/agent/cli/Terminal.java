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
 * Writes the results of commands to standard output and everything else to standard error. Only
 * this class does, so that it can escape what comes from outside and would steer a terminal.
 */
public final class Terminal {

  private static final PrintStream OUT = stream(FileDescriptor.out);
  private static final PrintStream ERR = stream(FileDescriptor.err);

  private Terminal() {}

  public static PrintStream out() {
    return OUT;
  }

  /**
   * Sets the command line's output to UTF-8 for all locales. Output of Java plugins goes to
   * standard error, because among points it would look like one.
   */
  public static CommandLine connect(CommandLine command) {
    System.setOut(System.err);
    return command.setOut(writer(OUT)).setErr(writer(ERR));
  }

  /** Writes a command's result, in lines. */
  public static void say(CommandSpec command, String lines) {
    print(command, VisibleText.lines(lines));
  }

  /** Writes a command's result for a program. */
  public static void sayJson(CommandSpec command, String json) {
    print(command, VisibleText.data(json));
  }

  private static void print(CommandSpec command, String visible) {
    PrintWriter out = command.commandLine().getOut();
    out.println(visible);
    out.flush();
  }

  /** Writes what went wrong. */
  public static void complain(CommandSpec command, String line) {
    PrintWriter err = command.commandLine().getErr();
    err.println("agent: " + VisibleText.lines(line).replace("\n", "\nagent: "));
    err.flush();
  }

  /** Returns standard output for data. Unlike a PrintStream, each write throws if it fails. */
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
