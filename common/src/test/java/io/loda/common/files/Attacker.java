package io.loda.common.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A process of another user that attacks until it is closed; for tests that run as root. */
public final class Attacker implements AutoCloseable {

  /** The user nobody's id: anybody but root. */
  public static final int UID = 65534;

  private static final String SWAP =
      """
      import ctypes, os, sys
      libc = ctypes.CDLL(None, use_errno=True)
      os.setgroups([]); os.setgid(65534); os.setuid(65534)
      a, b = (name.encode() for name in sys.argv[1:3])
      if libc.renameat2(-100, a, -100, b, 2): sys.exit(str(ctypes.get_errno()))
      print('on', flush=True)
      while True:
          libc.renameat2(-100, a, -100, b, 2)
      """;

  private final Process process;

  private Attacker(Process process) {
    this.process = process;
  }

  /** Exchanges two names, as fast as it can; comes back when it has begun. */
  public static Attacker swapping(Path one, Path other) throws IOException {
    // becomes the other user by itself, who may not be able to start the PATH's python3
    return new Attacker(start("python3", "-c", SWAP, one.toString(), other.toString()));
  }

  /** Runs a program that becomes the other user by itself, and prints "on" when it has begun. */
  public static Attacker running(String... command) throws IOException {
    return new Attacker(start(command));
  }

  private static Process start(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String first = process.inputReader().readLine();
    if (!"on".equals(first)) {
      process.destroy();
      throw new IOException("the attacker said " + first);
    }
    return process;
  }

  /** Runs a shell's script as the other user, to its end. */
  public static void sh(String script, Object... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("sh", "-ec", script, "sh"));
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    Process process =
        new ProcessBuilder(asOther(command.toArray(String[]::new)))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(script + ": " + said);
    }
  }

  /** Leaves out a test where it can't become another user. */
  public static void assumePossible() {
    assumeTrue(Owners.ours().uids().equals(java.util.Set.of(0)), "only as root");
  }

  /** Makes a folder that the other user owns, below one that everybody may enter. */
  public static Path folder(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setAttribute(folder, "unix:uid", UID);
    Files.setAttribute(folder, "unix:gid", UID);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder;
  }

  private static List<String> asOther(String... command) {
    List<String> all =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + UID, "--regid=" + UID, "--clear-groups", "--"));
    all.addAll(List.of(command));
    return all;
  }

  /** Fails when it ended before its time. */
  public void requireAlive() {
    if (!process.isAlive()) {
      throw new AssertionError("the attacker ended with exit " + process.exitValue());
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
