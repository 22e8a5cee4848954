package io.loda.agent.assignment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that is assigned to this host.
 *
 * @param namespaces the host's namespaces, with the registry's id of each ({@code resource id})
 * @param assignments by {@link Assignment#key()}
 * @param rejected the items that are left out, with the reason
 * @param problems by an assignment's key, why its last good item stays in force
 */
public record AssignmentSet(
    Map<String, String> namespaces,
    Map<String, Assignment> assignments,
    List<RejectedItem> rejected,
    Map<String, String> problems) {

  public static final AssignmentSet EMPTY = new AssignmentSet(Map.of(), Map.of(), List.of());

  public AssignmentSet {
    namespaces = java.util.Collections.unmodifiableMap(new TreeMap<>(namespaces));
    assignments = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(assignments));
    rejected = List.copyOf(rejected);
    problems = Map.copyOf(problems);
  }

  /** Makes a set in which no last good item stays in force. */
  public AssignmentSet(
      Map<String, String> namespaces,
      Map<String, Assignment> assignments,
      List<RejectedItem> rejected) {
    this(namespaces, assignments, rejected, Map.of());
  }

  /**
   * The difference to another set. A changed assignment is removed and added.
   *
   * @param removed the keys of the removed assignments
   */
  public record Diff(List<String> removed, List<Assignment> added) {}

  /**
   * Merges the namespaces' items. A host probe of several namespaces runs once, at the shortest
   * interval and with the parameters of all; of contradicting ones the first namespace's counts.
   *
   * @param parsed the results, in the order of the namespaces
   */
  public static AssignmentSet of(
      Map<String, String> namespaces, List<AssignmentParser.Parsed> parsed) {
    Map<String, Assignment> assignments = new LinkedHashMap<>();
    List<RejectedItem> rejected = new ArrayList<>();
    Map<String, String> problems = new LinkedHashMap<>();
    for (AssignmentParser.Parsed part : parsed) {
      rejected.addAll(part.rejected());
      part.kept()
          .forEach(kept -> problems.merge(kept.key(), kept.problem(), (a, b) -> a + "; " + b));
      for (Assignment assignment : part.assignments()) {
        assignments.merge(assignment.key(), assignment, AssignmentSet::both);
      }
    }
    // the policy may have refused a last good item
    problems.keySet().retainAll(assignments.keySet());
    return new AssignmentSet(namespaces, assignments, rejected, problems);
  }

  /**
   * Adds measurements of the host that no item assigns, at their default intervals; adds nothing if
   * the host is in no namespace.
   */
  public AssignmentSet withDefaults(List<Assignment.HostProbe> probes) {
    if (namespaces.isEmpty()) {
      return this;
    }
    Map<String, Assignment> all = new LinkedHashMap<>(assignments);
    probes.forEach(probe -> all.putIfAbsent(probe.key(), probe));
    return new AssignmentSet(namespaces, all, rejected, problems);
  }

  private static Assignment both(Assignment a, Assignment b) {
    if (a instanceof Assignment.HostProbe host && b instanceof Assignment.HostProbe other) {
      return host.and(other);
    }
    return a.interval().compareTo(b.interval()) <= 0 ? a : b;
  }

  public Diff diff(AssignmentSet next) {
    List<String> removed = new ArrayList<>();
    assignments.forEach(
        (key, assignment) -> {
          if (!assignment.equals(next.assignments.get(key))) {
            removed.add(key);
          }
        });
    List<Assignment> added = new ArrayList<>();
    next.assignments.forEach(
        (key, assignment) -> {
          if (!assignment.equals(assignments.get(key))) {
            added.add(assignment);
          }
        });
    return new Diff(removed, added);
  }
}
