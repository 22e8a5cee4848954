package io.loda.common.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A server's program, as one of the scripts {@code bin/…-for-tests} finds, builds or unpacks it.
 */
final class TestProgram {

  private TestProgram() {}

  /** The first path that the script prints; fails where it has none. */
  static String find(String script) throws IOException, InterruptedException {
    return findAll(script).get(0);
  }

  /** All paths that it prints. */
  static List<String> findAll(String script) throws IOException, InterruptedException {
    Path root = Path.of(System.getProperty("agent.root", "."));
    Process finder =
        new ProcessBuilder(root.resolve("bin").resolve(script).toString())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(finder.getInputStream().readAllBytes(), UTF_8);
    if (finder.waitFor() != 0) {
      throw new IllegalStateException("bin/" + script + " failed; it said why above");
    }
    return output.lines().toList();
  }
}
