package io.loda.agent.builtin.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.TextCursor;
import io.loda.agent.builtin.kit.TimedText;
import io.loda.agent.builtin.kit.Warnings;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Selects the processes of an item; all given conditions must hold.
 *
 * @param program path of the executable
 * @param commandLine found somewhere in the first 64 KiB of the arguments, joined by blanks
 * @param user a number, or a name of the host's {@code /etc/passwd}
 * @param pidFile a file that contains one pid, already below the host's root
 */
public record ProcessSelection(
    HostTrees host,
    Optional<String> program,
    Optional<Pattern> commandLine,
    Optional<String> user,
    Optional<Path> pidFile) {

  private static final Logger log = LoggerFactory.getLogger(ProcessSelection.class);
  private static final Warnings warnings = new Warnings(log);
  private static final int MOST_PID_BYTES = 4096;

  /** Bounds the arguments, which may have megabytes. */
  private static final int MOST_ARGUMENT_BYTES = 64 << 10;

  private static final int MOST_PASSWD_BYTES = 16 << 20;

  public static ProcessSelection of(ItemFields given, HostTrees host) {
    ProcessSelection selection =
        new ProcessSelection(
            host,
            given.text("bin_path"),
            given.pattern("cmdline"),
            given.text("user"),
            given.text("pid_file").map(host::resolve));
    if (selection.program.isEmpty()
        && selection.commandLine.isEmpty()
        && selection.user.isEmpty()
        && selection.pidFile.isEmpty()) {
      throw new IllegalArgumentException(
          "bin_path: expected the path of a program (or cmdline, user or pid_file), found none");
    }
    return selection;
  }

  List<String> pids(ProcessTable.Snapshot snapshot) throws IOException {
    List<String> pids = program.isPresent() ? snapshot.of(program.get()) : snapshot.pids();
    if (pidFile.isPresent()) {
      String wanted = pid(pidFile.get());
      pids = pids.stream().filter(wanted::equals).toList();
    }
    if (user.isPresent()) {
      long uid = uid(user.get());
      pids = pids.stream().filter(pid -> effectiveUid(pid) == uid).toList();
    }
    if (commandLine.isPresent()) {
      Pattern pattern = commandLine.get();
      pids = pids.stream().filter(pid -> isFound(pattern, arguments(pid))).toList();
    }
    return pids;
  }

  /** Returns the pid; empty if the file is missing, as its program doesn't run. */
  private static String pid(Path pidFile) throws IOException {
    try {
      return SafeFiles.readString(pidFile, MOST_PID_BYTES).strip();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  private long uid(String user) throws IOException {
    if (user.chars().allMatch(Character::isDigit)) {
      return Long.parseLong(user);
    }
    Path passwd = host.resolve("/etc/passwd");
    for (String line : SafeFiles.readString(passwd, MOST_PASSWD_BYTES).split("\n", -1)) {
      String[] fields = line.split(":", 4);
      if (fields.length == 4 && fields[0].equals(user)) {
        return Long.parseLong(fields[2]);
      }
    }
    throw new IOException("user: no \"" + user + "\" in " + passwd + "; give the number instead");
  }

  private long effectiveUid(String pid) {
    try {
      TextCursor text = KernelText.keyed(host.proc().resolve(pid).resolve("status")).read();
      while (text.nextLine() && text.nextField()) {
        if (text.is("Uid")) {
          text.nextField(); // the real one
          return text.nextNumber();
        }
      }
    } catch (IOException e) {
      // it ended meanwhile
    }
    return -1;
  }

  private static boolean isFound(Pattern pattern, String arguments) {
    try {
      return pattern.matcher(TimedText.of(arguments)).find();
    } catch (TimedText.TimeOutException | StackOverflowError e) {
      warnings.once(
          pattern.pattern(),
          "PROC: match of cmdline \""
              + pattern.pattern()
              + "\" failed, it takes too long: processes are left out; avoid repetitions within"
              + " repetitions");
      return false;
    }
  }

  private String arguments(String pid) {
    try {
      byte[] raw =
          KernelText.head(host.proc().resolve(pid).resolve("cmdline"), MOST_ARGUMENT_BYTES);
      return new String(raw, UTF_8).replace('\0', ' ').strip();
    } catch (IOException e) {
      return "";
    }
  }
}
