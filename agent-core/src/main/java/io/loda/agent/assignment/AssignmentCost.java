package io.loda.agent.assignment;

import java.util.List;
import java.util.Map;

/**
 * Estimates the heap that an item takes while it is assigned: its texts and its job, in a JVM with
 * compressed references.
 */
final class AssignmentCost {

  /** The bytes of a job with its health, its timer, its source, and its places in maps. */
  private static final int JOB = 1_200;

  /** The bytes of a plugin's job, which also has a version, a user and a scratch folder. */
  private static final int PLUGIN = 3_000;

  private static final int REJECTED = 64;
  private static final int TEXT = 24 + 16;

  /** The bytes of a pair in a map of which half the places are free. */
  private static final int PAIR = 16;

  private AssignmentCost() {}

  static long of(Assignment assignment) {
    if (assignment instanceof Assignment.Script script) {
      return PLUGIN
          + 2 * text(script.namespace()) // its key has it too
          + text(script.name())
          + text(script.git())
          + 2 * text(script.project())
          + script.parameters().stream().mapToLong(AssignmentCost::text).sum()
          + text(script.ref());
    }
    if (assignment instanceof Assignment.JavaPlugin plugin) {
      return PLUGIN + 2 * text(plugin.name()) + texts(plugin.parameters());
    }
    if (assignment instanceof Assignment.NamespaceProbe probe) {
      return JOB + 2 * text(probe.name()) + texts(probe.parameters());
    }
    return assignment instanceof Assignment.HostProbe host ? JOB + texts(host.parameters()) : JOB;
  }

  static long of(RejectedItem item) {
    return REJECTED + text(item.name()) + text(item.reason()) + text(item.repository());
  }

  static long of(KeptItem item) {
    return of(item.wrong()) + text(item.key()) + text(item.text());
  }

  static long of(List<Assignment> assignments, List<RejectedItem> rejected, List<KeptItem> kept) {
    return assignments.stream().mapToLong(AssignmentCost::of).sum()
        + rejected.stream().mapToLong(AssignmentCost::of).sum()
        + kept.stream().mapToLong(AssignmentCost::of).sum();
  }

  private static long texts(Map<String, String> pairs) {
    long bytes = 64;
    for (Map.Entry<String, String> pair : pairs.entrySet()) {
      bytes += PAIR + text(pair.getKey()) + text(pair.getValue());
    }
    return bytes;
  }

  /** Returns the bytes of a text; one of Latin-1 characters alone takes a byte for each. */
  private static long text(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 0xff) {
        return TEXT + 2L * text.length();
      }
    }
    return TEXT + (long) text.length();
  }
}
