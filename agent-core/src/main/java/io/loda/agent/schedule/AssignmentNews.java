package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.RejectedItem;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs what a new set of assignments changes. */
final class AssignmentNews {

  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  private static final int MOST_SAID = 100;

  private AssignmentNews() {}

  /** Logs items that are refused now and weren't before. */
  static void leftOut(AssignmentSet last, AssignmentSet next) {
    Set<RejectedItem> before = Set.copyOf(last.rejected());
    List<RejectedItem> fresh =
        next.rejected().stream().filter(item -> !before.contains(item)).toList();
    fresh.stream()
        .limit(MOST_SAID)
        .forEach(
            item ->
                LOG.warn(
                    "item {} of {}: refused: {}", item.name(), item.namespace(), item.reason()));
    if (fresh.size() > MOST_SAID) {
      LOG.warn("items: {} more refused, see /me/status", fresh.size() - MOST_SAID);
    }
  }

  /** Logs items that became wrong, so that their last good version stays in force. */
  static void kept(AssignmentSet last, AssignmentSet next) {
    next.problems().entrySet().stream()
        .filter(one -> !one.getValue().equals(last.problems().get(one.getKey())))
        .limit(MOST_SAID)
        .forEach(one -> LOG.warn("{}: {}", one.getKey(), one.getValue()));
  }

  /** Logs what is collected from now on. */
  static void collects(AssignmentSet assigned) {
    LOG.info(
        "assignments: collects {} in {}",
        some(assigned.assignments().values().stream().map(AssignmentNews::described)),
        some(assigned.namespaces().keySet().stream()));
  }

  private static String some(Stream<String> all) {
    List<String> first = all.limit(MOST_SAID + 1).toList();
    return first.size() <= MOST_SAID
        ? String.join(", ", first)
        : String.join(", ", first.subList(0, MOST_SAID)) + " and more";
  }

  /** How the log names it: a plugin by its key, anything else by its type. */
  static String subject(Assignment assignment) {
    boolean plugin =
        assignment instanceof Assignment.Script || assignment instanceof Assignment.JavaPlugin;
    return plugin ? "plugin " + assignment.key() : assignment.key();
  }

  private static String described(Assignment assignment) {
    if (assignment instanceof Assignment.Script script) {
      return "plugin " + script.name();
    }
    if (assignment instanceof Assignment.JavaPlugin plugin) {
      return "Java plugin " + plugin.name();
    }
    return assignment.name();
  }
}
