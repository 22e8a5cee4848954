package io.loda.agent.assignment;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a namespace's items say, put together item by item. Of two that would be one, in what they
 * are or in what their points are called, the first one stays.
 */
final class NamespaceItems {

  private final Map<String, Assignment> assignments = new LinkedHashMap<>();

  /** By name: those of one name would send the same points. */
  private final Map<String, Assignment> plugins = new HashMap<>();

  private final Map<String, Assignment.HostProbe> hostItems = new TreeMap<>();
  private final List<RejectedItem> rejected = new ArrayList<>();
  private final List<KeptItem> kept = new ArrayList<>();

  /**
   * Adds what an item says.
   *
   * @param name the item's
   * @throws IllegalArgumentException when there is something of its kind already
   */
  void add(String name, Assignment assignment) {
    if (assignment instanceof Assignment.HostProbe host) {
      assignments.putIfAbsent(host.key(), host); // its place; the merged one comes at the end
      String order = name + '\n' + host.key() + host.sorted();
      hostItems.merge(order, host, Assignment.HostProbe::and);
      return;
    }
    check(assignment, assignments.get(assignment.key()));
    if (assignment instanceof Assignment.Script || assignment instanceof Assignment.JavaPlugin) {
      Assignment first = plugins.putIfAbsent(assignment.name(), assignment);
      if (first != null) {
        throw new IllegalArgumentException(
            "name: expected a name that one plugin of the namespace has, found \""
                + ItemParser.shown(assignment.name())
                + "\" again; it is taken by "
                + described(first));
      }
    }
    assignments.put(assignment.key(), assignment);
  }

  private static void check(Assignment assignment, @Nullable Assignment first) {
    if (first == null) {
      return;
    }
    if (assignment instanceof Assignment.Script script) {
      throw new IllegalArgumentException(
          "git: expected a project name that the namespace has once, found \""
              + script.project()
              + "\" again; it is taken by "
              + described(first));
    }
    throw new IllegalArgumentException(
        "name: expected a name that the namespace has once, found it again");
  }

  private static String described(Assignment first) {
    String name = ItemParser.shown(first.name());
    return first instanceof Assignment.Script script
        ? GitAddress.withoutSecrets(script.git()) + " (" + name + ')'
        : "the Java plugin " + name;
  }

  /** Takes note that what was added last is of a last good item. */
  void keep(KeptItem item) {
    kept.add(item);
  }

  void reject(RejectedItem item) {
    rejected.add(item);
  }

  AssignmentParser.Parsed parsed() {
    hostProbes(hostItems.values()).forEach(assignments::put);
    return new AssignmentParser.Parsed(List.copyOf(assignments.values()), rejected, kept);
  }

  /**
   * One probe a type: many names of one measurement are assigned, and the type is what counts. In
   * the order of the items' names, so that a registry that answers in another order changes
   * nothing.
   */
  private static Map<String, Assignment.HostProbe> hostProbes(
      Collection<Assignment.HostProbe> itemsByName) {
    Map<String, Assignment.HostProbe> probes = new LinkedHashMap<>();
    itemsByName.forEach(item -> probes.merge(item.key(), item, Assignment.HostProbe::and));
    return probes;
  }
}
