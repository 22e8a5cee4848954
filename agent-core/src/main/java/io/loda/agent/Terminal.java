package io.loda.agent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Where commands write: results to standard output, everything else to standard error. */
final class Terminal {

  private static final PrintStream OUT = stream(FileDescriptor.out);
  private static final PrintStream ERR = stream(FileDescriptor.err);

  private Terminal() {}

  static PrintStream out() {
    return OUT;
  }

  static void say(String line) {
    OUT.println(line);
    OUT.flush();
  }

  static void complain(String line) {
    ERR.println("agent: " + line.replace("\n", "\nagent: "));
    ERR.flush();
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), false, StandardCharsets.UTF_8);
  }
}
