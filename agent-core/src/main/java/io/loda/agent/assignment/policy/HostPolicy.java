package io.loda.agent.assignment.policy;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Policy;
import io.loda.common.telemetry.Counters;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the rules of the host's owner to what the registry assigns. A refused item becomes a
 * rejected item with the rule that refused it, and is counted once under {@code
 * policy.refused.<rule>}.
 *
 * <p>A policy file that is gone or empty leaves its rules in force: a file looks the same while it
 * is written or replaced, and a registry must not get a minute without rules. An owner who means it
 * deletes the file and restarts the agent. The policy refuses what {@code plugins.min-interval}
 * would only raise: an item that silently runs in another way than assigned would be hard to find.
 *
 * <p>For one event loop, except where a method says otherwise.
 */
public final class HostPolicy {

  private static final Logger LOG = LoggerFactory.getLogger(HostPolicy.class);
  private static final String PREFIX = "policy: ";
  private static final int MOST_COUNTED_FILES = 10_000;

  private final AgentConfig config;
  private final Callable<List<Policy>> reader;
  private final Counters counters;

  private volatile List<Policy> policies;
  private volatile List<PolicyRules> rules;
  private volatile Map<String, List<String>> places = Map.of();
  private String problem = "";

  /** The refusals of each namespace that are counted already. */
  private final Map<String, Set<RejectedItem>> counted = new HashMap<>();

  /** The refusals of log files that are counted already. */
  private final Set<String> countedFiles = ConcurrentHashMap.newKeySet();

  /** Applies the policies of a configuration, which never change. */
  public HostPolicy(AgentConfig config, Counters counters) {
    this(config, config::policies, counters);
  }

  /**
   * Applies the policies of a configuration until {@link #readAgain} finds other ones.
   *
   * @param reader reads the current policies; blocks
   */
  public HostPolicy(AgentConfig config, Callable<List<Policy>> reader, Counters counters) {
    this.config = config;
    this.reader = reader;
    this.counters = counters;
    this.policies = config.policies();
    this.rules = rules(policies);
  }

  private List<PolicyRules> rules(List<Policy> all) {
    return all.stream()
        .map(one -> new PolicyRules(one, config, place -> places.get(place)))
        .toList();
  }

  /**
   * Reads the policies again. If one has a mistake or is gone, the error is logged and the rules
   * stay as they were. One worker at a time; blocks.
   *
   * @return whether the rules changed
   */
  public boolean readAgain() {
    List<Policy> now;
    try {
      now = reader.call();
      for (Policy before : policies) {
        if (now.stream().noneMatch(policy -> policy.file().equals(before.file()))) {
          throw new IllegalStateException(before.file() + ": the file is gone");
        }
      }
    } catch (Exception e) {
      say(String.valueOf(e.getMessage() == null ? e : e.getMessage()));
      return false;
    }
    say("");
    // a policy's text has all of its rules
    if (now.toString().equals(policies.toString())) {
      return false;
    }
    policies = now;
    rules = rules(now);
    now.forEach(policy -> LOG.info("policy: {} is in force with its new content", policy.file()));
    return true;
  }

  private void say(String what) {
    if (!what.equals(problem)) {
      if (what.isEmpty()) {
        LOG.info("policy: works again");
      } else {
        LOG.error(
            "policy: read failed, the rules read before stay in force; mend the file, or restart"
                + " the agent to drop its rules: {}",
            what);
      }
      problem = what;
    }
  }

  /** Returns the longest time-out that these policies allow a run of a script plugin. */
  public static Duration maxTimeout(List<Policy> policies) {
    return policies.stream()
        .map(Policy::maxTimeout)
        .min(Duration::compareTo)
        .orElse(ChronoUnit.FOREVER.getDuration());
  }

  /** Returns the longest time-out that a run of a script plugin may have now; any thread. */
  public Duration maxTimeout() {
    return maxTimeout(policies);
  }

  /** Returns those of the host's namespaces that the policy allows. */
  public Map<String, String> namespaces(Map<String, String> all) {
    Map<String, String> allowed = new TreeMap<>(all);
    allowed.keySet().removeIf(namespace -> first(rule -> rule.namespace(namespace)) != null);
    return allowed;
  }

  /**
   * Returns the hosts and folders that {@link #filter} needs to know the IP addresses and real
   * paths of, because a rule names some.
   *
   * @param all the parsed items of all namespaces
   */
  public Set<String> placesToFind(Collection<AssignmentParser.Parsed> all) {
    Set<String> names = new TreeSet<>();
    for (AssignmentParser.Parsed parsed : all) {
      for (Assignment assignment : parsed.assignments()) {
        if (assignment instanceof Assignment.Script script) {
          rules.forEach(rule -> names.addAll(rule.placesToFind(script.git())));
        }
      }
    }
    return names;
  }

  /**
   * Sets the places that were found: hosts with their IP addresses, folders with their real paths.
   * A rule that needs a missing place refuses; a later call may bring it.
   */
  public void found(Map<String, List<String>> all) {
    places = Map.copyOf(all);
  }

  /** Moves the assignments of a namespace that the policy refuses to the rejected items. */
  public AssignmentParser.Parsed filter(String namespace, AssignmentParser.Parsed parsed) {
    List<Assignment> allowed = new ArrayList<>();
    List<RejectedItem> rejected = new ArrayList<>(parsed.rejected());
    Set<RejectedItem> refused = new HashSet<>();
    for (Assignment assignment : parsed.assignments()) {
      PolicyRules.Broken broken = first(rule -> rule.namespace(namespace));
      if (broken == null) {
        broken =
            rules.isEmpty()
                ? PolicyRules.withoutPolicy(assignment)
                : first(rule -> rule.assignment(assignment));
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
    return new AssignmentParser.Parsed(allowed, rejected, parsed.kept());
  }

  /** Returns those of the host's own measurements that the policy allows. */
  public List<Assignment.HostProbe> allowed(List<Assignment.HostProbe> probes) {
    return probes.stream().filter(probe -> first(rule -> rule.assignment(probe)) == null).toList();
  }

  /** Returns whether an item may pin this reference now; empty: it pins none. Any thread. */
  public boolean allowsRef(String ref) {
    return ref.isEmpty() || first(rule -> rule.ref(ref)) == null;
  }

  /**
   * Checks whether a plugin may be run by hand with these arguments and this time-out.
   *
   * @return the reason of a refusal; empty: it may run
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

  /**
   * Checks whether a log file may be read, and its existence be shown; any thread.
   *
   * @param real its path without links
   * @return the reason of a refusal; empty: it may be read
   */
  public Optional<String> refusesLogFile(Path real) {
    PolicyRules.Broken broken = first(rule -> rule.logFile(real));
    if (broken == null) {
      return Optional.empty();
    }
    // count each file once, like items, up to a bound
    if (countedFiles.size() < MOST_COUNTED_FILES && countedFiles.add(broken.rule() + real)) {
      count(broken);
    }
    return Optional.of(PREFIX + broken.why());
  }

  private void count(PolicyRules.Broken broken) {
    counters.add("policy.refused." + broken.rule());
  }

  /** Returns the name that the item has in the registry. */
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
