package io.loda.agent.assignment;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Policy;
import io.loda.agent.telemetry.Counters;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the host's owner allows, over whatever the registry says. What it refuses is among the
 * rejected items, with the rule that refused it, and counted once under {@code
 * policy.refused.<rule>}. One event loop.
 */
public final class HostPolicy {

  private static final String PREFIX = "policy: ";

  private final List<PolicyRules> rules;
  private final Duration maxTimeout;
  private final Counters counters;

  /** By namespace, so that a refusal that stays is counted once. */
  private final Map<String, Set<RejectedItem>> counted = new HashMap<>();

  /** The policies of a configuration; all of them hold. */
  public HostPolicy(AgentConfig config, Counters counters) {
    this.rules = config.policies().stream().map(one -> new PolicyRules(one, config)).toList();
    this.maxTimeout = maxTimeout(config.policies());
    this.counters = counters;
  }

  /** The longest that a run of a script plugin may take. */
  public static Duration maxTimeout(List<Policy> policies) {
    return policies.stream()
        .map(Policy::maxTimeout)
        .min(Duration::compareTo)
        .orElse(ChronoUnit.FOREVER.getDuration());
  }

  /** The longest that a run of a script plugin may take. */
  public Duration maxTimeout() {
    return maxTimeout;
  }

  /** Those of the host's namespaces that it may be in. */
  public Map<String, String> namespaces(Map<String, String> all) {
    Map<String, String> allowed = new TreeMap<>(all);
    allowed.keySet().removeIf(namespace -> first(rule -> rule.namespace(namespace)) != null);
    return allowed;
  }

  /** What a namespace's items say, without those that are refused. */
  public AssignmentParser.Parsed filter(String namespace, AssignmentParser.Parsed parsed) {
    List<Assignment> allowed = new ArrayList<>();
    List<RejectedItem> rejected = new ArrayList<>(parsed.rejected());
    Set<RejectedItem> refused = new HashSet<>();
    for (Assignment assignment : parsed.assignments()) {
      PolicyRules.Broken broken = first(rule -> rule.namespace(namespace));
      if (broken == null) {
        broken = first(rule -> rule.assignment(assignment));
      }
      if (broken == null) {
        allowed.add(assignment);
      } else {
        RejectedItem item =
            new RejectedItem(
                namespace,
                name(assignment),
                PREFIX + broken.why(),
                assignment instanceof Assignment.Script script ? script.git() : "");
        rejected.add(item);
        refused.add(item);
        if (!counted.getOrDefault(namespace, Set.of()).contains(item)) {
          count(broken);
        }
      }
    }
    counted.put(namespace, refused);
    return new AssignmentParser.Parsed(allowed, rejected);
  }

  /**
   * Whether a plugin may be run by hand like this.
   *
   * @return why not; empty: it may
   */
  public String refusesRun(Assignment.Script script, List<String> arguments, Duration timeout) {
    PolicyRules.Broken broken = first(rule -> rule.arguments(script.git(), arguments));
    if (broken == null) {
      broken = first(rule -> rule.timeout(timeout));
    }
    if (broken == null) {
      return "";
    }
    count(broken);
    return PREFIX + broken.why();
  }

  private void count(PolicyRules.Broken broken) {
    counters.add("policy.refused." + broken.rule());
  }

  /** As the registry has it. */
  private static String name(Assignment assignment) {
    return (assignment instanceof Assignment.Script ? "PLUGIN." : "") + assignment.name();
  }

  private PolicyRules.@Nullable Broken first(
      Function<PolicyRules, PolicyRules.@Nullable Broken> question) {
    for (PolicyRules rule : rules) {
      PolicyRules.Broken broken = question.apply(rule);
      if (broken != null) {
        return broken;
      }
    }
    return null;
  }
}
