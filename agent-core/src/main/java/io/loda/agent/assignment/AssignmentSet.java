package io.loda.agent.assignment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that is assigned to this host.
 *
 * @param namespaces the host's, with what the registry calls each ({@code resource id})
 * @param assignments by {@link Assignment#key()}
 * @param rejected what was left out, and why
 * @param problems by an assignment's key, why its last good item goes on
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

  /** Where no last good item had to go on. */
  public AssignmentSet(
      Map<String, String> namespaces,
      Map<String, Assignment> assignments,
      List<RejectedItem> rejected) {
    this(namespaces, assignments, rejected, Map.of());
  }

  /**
   * What changes on the way to another set. A changed assignment is removed and added.
   *
   * @param removed keys
   */
  public record Diff(List<String> removed, List<Assignment> added) {}

  /**
   * Puts the namespaces' items together. A host probe that several namespaces ask for runs once, at
   * the shortest of their intervals and with the parameters of all; where these contradict each
   * other, the first namespace's count.
   *
   * @param parsed in the order of the namespaces
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
    // the owner may refuse what would go on
    problems.keySet().retainAll(assignments.keySet());
    return new AssignmentSet(namespaces, assignments, rejected, problems);
  }

  /**
   * With measurements of the host that no item names, at their own intervals; nothing more where
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
