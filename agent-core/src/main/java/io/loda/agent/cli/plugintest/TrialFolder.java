package io.loda.agent.cli.plugintest;

import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A temporary data folder, which the plugins' user can enter; gone at the end, also after ^C. */
public final class TrialFolder implements AutoCloseable {

  private final Path path;

  public TrialFolder() throws IOException {
    path = Files.createTempDirectory("agent-plugin-test");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "trial-folder"));
  }

  public Path path() {
    return path;
  }

  @Override
  public synchronized void close() {
    try {
      SafeFiles.deleteTree(path);
    } catch (IOException e) {
      // it is the system's temporary folder, and nobody's harm
    }
  }
}
