package io.loda.agent.source.script.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The user of a process. The owner of its folder doesn't tell: untraceable processes show root. */
public final class ProcessUser {

  private static final String UID = "\nUid:\t";

  private static final Pattern IDS =
      Pattern.compile("\\n[UG]id:\\t(\\d+)\\t(\\d+)\\t(\\d+)\\t(\\d+)");

  private ProcessUser() {}

  /**
   * Returns all its user and group ids: real, effective, saved, file system; empty: it has ended.
   */
  public static Set<Long> ids(Path process) {
    Set<Long> ids = new HashSet<>();
    try {
      Matcher found = IDS.matcher(ProcFile.read(process.resolve("status")));
      while (found.find()) {
        for (int i = 1; i <= found.groupCount(); i++) {
          ids.add(Long.valueOf(found.group(i)));
        }
      }
    } catch (IOException e) {
      // it has ended
    }
    return ids;
  }

  /**
   * Returns the real user id; −1: the kernel doesn't tell.
   *
   * @throws IOException when there is no such process
   */
  public static long realUid(Path process) throws IOException {
    String status = ProcFile.read(process.resolve("status"));
    int at = status.indexOf(UID);
    int end = at < 0 ? -1 : status.indexOf('\t', at + UID.length());
    return end < 0 ? -1 : Long.parseLong(status.substring(at + UID.length(), end));
  }
}
