package io.loda.common.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** What another user of the host does: processes with a user id that isn't the agent's. */
public final class OtherUser {

  public static final int ID = 54_321;

  private OtherUser() {}

  /** Skips a test where nobody else can be played. */
  public static void need() {
    assumeTrue(ProcessHandle.current().info().user().orElse("").equals("root"), "needs root");
  }

  /** Lets everybody go through a test's folder. */
  public static Path reachable(Path temp) throws IOException {
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwx--x--x"));
    return temp;
  }

  /** Starts a program of that user; to be destroyed. */
  public static Process start(String... command) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + ID, "--regid=" + ID, "--clear-groups", "--"));
    all.addAll(List.of(command));
    return new ProcessBuilder(all).redirectErrorStream(true).start();
  }

  /** What a program of that user printed; it has ended. */
  public static String output(String... command) throws IOException, InterruptedException {
    Process process = start(command);
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    process.waitFor();
    return output;
  }

  /** Holds a shared lock of a file that it could open; says so, or why not, in its first line. */
  public static Process lock(Path file) throws IOException {
    // becomes the other user by itself, who may not be able to start the PATH's python3
    return new ProcessBuilder(
            "python3",
            "-uc",
            "import fcntl,os,sys\n"
                + "os.setgroups([]);os.setgid(%1$d);os.setuid(%1$d)\n".formatted(ID)
                + "try:\n"
                + "  f=open(sys.argv[1]);fcntl.lockf(f,fcntl.LOCK_SH);print('locked')\n"
                + "except Exception as e:\n"
                + "  print(e)\n"
                + "sys.stdin.read()\n",
            file.toString())
        .redirectErrorStream(true)
        .start();
  }
}
