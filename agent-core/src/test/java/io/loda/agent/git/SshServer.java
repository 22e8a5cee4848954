package io.loda.agent.git;

import static org.awaitility.Awaitility.await;

import io.loda.common.testing.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real sshd on a free port, with keys and a configuration of its own. */
final class SshServer implements AutoCloseable {

  private static final String USER = System.getProperty("user.name");

  final int port;
  private final Path folder;
  private final Path authorized;
  private Process process;

  /** Starts it. */
  SshServer(Path folder) throws Exception {
    this.folder = Files.createDirectories(folder);
    this.authorized = folder.resolve("authorized_keys");
    Files.writeString(authorized, "");
    port = FreePort.find();
    process = start("first");
  }

  /** Makes a key pair that ssh finds in a home folder, and lets its owner in. */
  void letIn(Path home) throws Exception {
    Path key = Files.createDirectories(home.resolve(".ssh")).resolve("id_ed25519");
    makeKey(key);
    Files.writeString(authorized, Files.readString(Path.of(key + ".pub")));
  }

  /** Makes a key pair in a file that ssh doesn't look for, and lets its owner in. */
  void letInWith(Path key) throws Exception {
    makeKey(key);
    Files.writeString(authorized, Files.readString(Path.of(key + ".pub")));
  }

  /** An address that names no user. */
  String addressWithoutUser(Path repository) {
    return "ssh://127.0.0.1:" + port + repository;
  }

  /** The line of {@code known_hosts} for it. */
  String knownHost() throws IOException {
    return "[127.0.0.1]:" + port + " " + Files.readString(folder.resolve("host_key_first.pub"));
  }

  String address(Path repository) {
    return "ssh://" + USER + "@127.0.0.1:" + port + repository;
  }

  /** Starts it again on the same port, with another key of its own. */
  void changeHostKey() throws Exception {
    stop();
    process = start("second");
  }

  private Process start(String name) throws Exception {
    Path hostKey = folder.resolve("host_key_" + name);
    makeKey(hostKey);
    Path log = folder.resolve("sshd.log");
    Path config =
        Files.writeString(
            folder.resolve("sshd_config"),
            String.join(
                "\n",
                "ListenAddress 127.0.0.1:" + port,
                "HostKey " + hostKey,
                "AuthorizedKeysFile " + authorized,
                "PidFile none",
                "PermitRootLogin yes",
                "PasswordAuthentication no",
                "StrictModes no",
                "UsePAM no",
                ""));
    if (USER.equals("root")) {
      // it refuses to start without
      Files.createDirectories(Path.of("/run/sshd"));
    }
    Process started =
        new ProcessBuilder(program("/usr/sbin/sshd"), "-D", "-e", "-f", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    await().until(() -> !started.isAlive() || answers());
    if (!started.isAlive()) {
      throw new IllegalStateException("sshd didn't start: " + Files.readString(log));
    }
    return started;
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void makeKey(Path file) throws Exception {
    Process made =
        new ProcessBuilder(
                program("/usr/bin/ssh-keygen"),
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!made.waitFor(30, TimeUnit.SECONDS) || made.exitValue() != 0) {
      throw new IllegalStateException("ssh-keygen made no key in " + file);
    }
  }

  private static String program(String path) {
    for (String needed : List.of(path, "/usr/bin/git-upload-pack")) {
      if (!Files.isExecutable(Path.of(needed))) {
        throw new IllegalStateException(
            "this test needs " + needed + "; install openssh-server and git, as bin/test does");
      }
    }
    return path;
  }

  private void stop() throws Exception {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      stop();
    } catch (Exception e) {
      throw new IOException("sshd can't be stopped", e);
    }
  }
}
