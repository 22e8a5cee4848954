package io.loda.agent.cli.plugintest;

import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A temporary data folder that the plugins' user can enter; deleted at the end and after ^C. */
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
      // a rest in the system's temporary folder does no harm
    }
  }
}
