package io.loda.agent.assignment;

import io.loda.common.config.Secrets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects a namespace's assignments, item by item. Of two items with the same key, or whose points
 * would have the same name, the first one counts.
 */
final class NamespaceItems {

  private final Map<String, Assignment> assignments = new LinkedHashMap<>();

  /** By name: two plugins of one name would send the same points. */
  private final Map<String, Assignment> plugins = new HashMap<>();

  private final Map<String, Assignment.HostProbe> hostItems = new TreeMap<>();
  private final List<RejectedItem> rejected = new ArrayList<>();
  private final List<KeptItem> kept = new ArrayList<>();

  /**
   * Adds an item's assignment.
   *
   * @param name the item's name
   * @throws IllegalArgumentException when another item has its key or its name
   */
  void add(String name, Assignment assignment) {
    if (assignment instanceof Assignment.HostProbe host) {
      assignments.putIfAbsent(host.key(), host); // keeps the place for the merged probe
      String order = name + '\n' + host.key() + host.sorted();
      hostItems.merge(order, host, Assignment.HostProbe::and);
      return;
    }
    check(assignment, assignments.get(assignment.key()));
    if (assignment instanceof Assignment.Script || assignment instanceof Assignment.JavaPlugin) {
      Assignment first = plugins.putIfAbsent(assignment.name(), assignment);
      if (first != null) {
        throw new IllegalArgumentException(
            "name: expected a name that no other plugin of the namespace has, found \""
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
        ? Secrets.hidden(script.git()) + " (" + name + ')'
        : "the Java plugin " + name;
  }

  /** Notes that the last added assignment is of a last good item. */
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
   * Merges the items of each type into one probe: the registry has an item for each name ({@code
   * cpu.idle}, {@code cpu.loadavg.1}), but one reading gives all of them. The order is that of the
   * items' names, so that the order of the registry's answer makes no difference.
   */
  private static Map<String, Assignment.HostProbe> hostProbes(
      Collection<Assignment.HostProbe> itemsByName) {
    Map<String, Assignment.HostProbe> probes = new LinkedHashMap<>();
    itemsByName.forEach(item -> probes.merge(item.key(), item, Assignment.HostProbe::and));
    return probes;
  }
}
