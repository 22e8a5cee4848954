package io.loda.agent.plugins;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.assignment.ItemName;
import io.loda.agent.assignment.RejectedItem;
import io.loda.common.config.Secrets;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Finds the plugin that a caller means. */
public final class AssignedPlugins {

  public static final String NOT_ASSIGNED = "plugin doesn't exist, add to loda first please";

  private AssignedPlugins() {}

  /**
   * Finds the script plugin of a repository in a namespace.
   *
   * @param repository its address as the registry has it, or the same without a password; or
   *     another address with the same {@code GROUP/REPO} if only one plugin has it
   * @throws PluginCallException when there is none, or its item was refused
   */
  public static Assignment ofRepository(AssignmentSet set, String namespace, String repository) {
    List<Assignment> all = in(namespace, set);
    List<Assignment> meant =
        where(
            all,
            one -> one instanceof Assignment.Script script && isMeant(script.git(), repository));
    if (!meant.isEmpty()) {
      return meant.get(0);
    }
    Optional<RejectedItem> leftOut =
        leftOut(set, namespace, item -> isMeant(item.repository(), repository));
    String shortened = GitAddress.repository(repository);
    List<Assignment> similar =
        where(all, one -> !shortened.isEmpty() && hasRepository(one, shortened));
    if (similar.size() == 1 && leftOut.isEmpty()) {
      return similar.get(0);
    }
    throw missing(
        leftOut.or(
            () ->
                leftOut(
                    set,
                    namespace,
                    item ->
                        !shortened.isEmpty()
                            && GitAddress.groupAndProject(item.repository()).equals(shortened))));
  }

  /**
   * Finds a plugin, in a script or in Java, by name in a namespace.
   *
   * @param name its item's name with or without {@code PLUGIN.}, its project, or its key
   * @throws PluginCallException when there is none, its item was refused, or several match
   */
  public static Assignment named(AssignmentSet set, String namespace, String name) {
    List<Assignment> all = in(namespace, set);
    List<Assignment> meant = where(all, one -> one.key().equals(name));
    if (meant.isEmpty()) {
      meant = where(all, one -> isCalled(one, name));
    }
    if (meant.size() > 1) {
      throw new PluginCallException(
          PluginCallException.Reason.AMBIGUOUS,
          "several plugins are called \"" + name + "\": " + described(meant));
    }
    if (meant.isEmpty()) {
      throw missing(leftOut(set, namespace, item -> isCalled(item, name)));
    }
    return meant.get(0);
  }

  private static Optional<RejectedItem> leftOut(
      AssignmentSet set, String namespace, Predicate<RejectedItem> condition) {
    return set.rejected().stream()
        .filter(item -> item.namespace().equals(namespace))
        .filter(condition)
        .findFirst();
  }

  private static boolean isCalled(RejectedItem item, String given) {
    String project = item.project();
    return ItemName.isMeant(ItemName.bare(item.name()), given)
        || (!project.isEmpty()
            && (project.equals(given)
                || Assignment.Script.key(item.namespace(), project).equals(given)));
  }

  /** Tells a refused item from a missing one: "add it" would be the wrong advice. */
  private static PluginCallException missing(Optional<RejectedItem> leftOut) {
    return leftOut
        .map(
            item ->
                new PluginCallException(
                    PluginCallException.Reason.REFUSED,
                    "plugin " + item.name() + " is assigned, but left out: " + item.reason()))
        .orElseGet(
            () -> new PluginCallException(PluginCallException.Reason.NOT_ASSIGNED, NOT_ASSIGNED));
  }

  private static List<Assignment> in(String namespace, AssignmentSet set) {
    return where(List.copyOf(set.assignments().values()), one -> isIn(namespace, one));
  }

  private static List<Assignment> where(List<Assignment> all, Predicate<Assignment> condition) {
    return all.stream().filter(condition).toList();
  }

  private static boolean isIn(String namespace, Assignment assignment) {
    if (assignment instanceof Assignment.Script script) {
      return script.namespace().equals(namespace);
    }
    return assignment instanceof Assignment.JavaPlugin plugin
        && plugin.namespace().equals(namespace);
  }

  private static boolean isMeant(String address, String given) {
    return address.equals(given) || Secrets.hidden(address).equals(given);
  }

  private static boolean isCalled(Assignment one, String given) {
    return ItemName.isMeant(one.name(), given)
        || (one instanceof Assignment.Script script && script.project().equals(given));
  }

  private static boolean hasRepository(Assignment one, String groupAndProject) {
    return one instanceof Assignment.Script script
        && GitAddress.groupAndProject(script.git()).equals(groupAndProject);
  }

  private static String described(List<Assignment> plugins) {
    return plugins.stream()
        .map(one -> "'" + one.key() + "' (" + ItemName.full(one.name()) + ")")
        .collect(Collectors.joining(", "));
  }
}
