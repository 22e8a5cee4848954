package io.loda.agent.git;

import static org.awaitility.Awaitility.await;

import io.loda.common.testing.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real git daemon on a free port, which lets everybody read what is below a folder. */
final class GitDaemon implements AutoCloseable {

  /** Git itself would start it as a child that a test couldn't end for sure. */
  private static final Path PROGRAM = Path.of("/usr/lib/git-core/git-daemon");

  private final int port;
  private final Process process;

  GitDaemon(Path folder) throws IOException {
    if (!Files.isExecutable(PROGRAM)) {
      throw new IllegalStateException("this test needs " + PROGRAM + "; install git");
    }
    port = FreePort.find();
    Path log = folder.resolve("git-daemon.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                PROGRAM.toString(),
                "--listen=127.0.0.1",
                "--port=" + port,
                "--export-all",
                "--base-path=" + folder)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("HOME", folder.toString());
    process = builder.start();
    await().until(() -> !process.isAlive() || answers());
    if (!process.isAlive()) {
      throw new IllegalStateException("git-daemon didn't start: " + Files.readString(log));
    }
  }

  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  String address(Path repository) {
    return "git://127.0.0.1:" + port + "/" + repository.getFileName();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
