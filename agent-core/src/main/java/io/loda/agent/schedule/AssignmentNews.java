package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.RejectedItem;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the log says of a new set of assignments. */
final class AssignmentNews {

  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  /** Of a list. */
  private static final int MOST_SAID = 100;

  private AssignmentNews() {}

  /** Says what is left out now, and wasn't before. */
  static void leftOut(AssignmentSet last, AssignmentSet next) {
    Set<RejectedItem> before = Set.copyOf(last.rejected());
    List<RejectedItem> fresh =
        next.rejected().stream().filter(item -> !before.contains(item)).toList();
    fresh.stream()
        .limit(MOST_SAID)
        .forEach(
            item ->
                LOG.warn("{}: {} is left out: {}", item.namespace(), item.name(), item.reason()));
    if (fresh.size() > MOST_SAID) {
      LOG.warn("{} more items are left out (/me/status)", fresh.size() - MOST_SAID);
    }
  }

  /** Says which items are wrong now, and weren't before, so that their last good ones go on. */
  static void kept(AssignmentSet last, AssignmentSet next) {
    next.problems().entrySet().stream()
        .filter(one -> !one.getValue().equals(last.problems().get(one.getKey())))
        .limit(MOST_SAID)
        .forEach(one -> LOG.warn("{}: {}", one.getKey(), one.getValue()));
  }

  /** Says what is collected from now on. */
  static void collects(AssignmentSet assigned) {
    LOG.info(
        "collects {} in {}",
        some(assigned.assignments().values().stream().map(AssignmentNews::described)),
        some(assigned.namespaces().keySet().stream()));
  }

  private static String some(Stream<String> all) {
    List<String> first = all.limit(MOST_SAID + 1).toList();
    return first.size() <= MOST_SAID
        ? String.join(", ", first)
        : String.join(", ", first.subList(0, MOST_SAID)) + " and more";
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
