package io.loda.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/** A temporary data folder, which the plugins' user can enter; gone at the end, also after ^C. */
final class TrialFolder implements AutoCloseable {

  private final Path path;

  TrialFolder() throws IOException {
    path = Files.createTempDirectory("agent-plugin-test");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "trial-folder"));
  }

  Path path() {
    return path;
  }

  @Override
  public synchronized void close() {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> all = Files.walk(path)) {
      for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(one);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      // it is the system's temporary folder, and nobody's harm
    }
  }
}
