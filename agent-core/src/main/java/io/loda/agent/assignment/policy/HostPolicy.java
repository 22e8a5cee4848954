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
 * What the host's owner allows, over whatever the registry says. What it refuses is among the
 * rejected items, with the rule that refused it, and counted once under {@code
 * policy.refused.<rule>}. One event loop, but for what says otherwise.
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

  /** By namespace, so that a refusal that stays is counted once. */
  private final Map<String, Set<RejectedItem>> counted = new HashMap<>();

  /** So that a refusal that stays is counted once. */
  private final Set<String> countedFiles = ConcurrentHashMap.newKeySet();

  /** The policies of a configuration; all of them hold, for good. */
  public HostPolicy(AgentConfig config, Counters counters) {
    this(config, config::policies, counters);
  }

  /**
   * The policies of a configuration, until they change.
   *
   * @param reader reads them as they are now; blocks
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
   * Looks whether they changed. One with a mistake in it, or that went away, changes nothing, and
   * is said: nobody is to be free of rules while a file is written. One worker at a time; blocks.
   *
   * @return whether other rules hold now
   */
  public boolean readAgain() {
    List<Policy> now;
    try {
      now = reader.call();
      for (Policy before : policies) {
        if (now.stream().noneMatch(policy -> policy.file().equals(before.file()))) {
          throw new IllegalStateException(before.file() + ": it went away");
        }
      }
    } catch (Exception e) {
      say(String.valueOf(e.getMessage() == null ? e : e.getMessage()));
      return false;
    }
    say("");
    // its text says all of a policy
    if (now.toString().equals(policies.toString())) {
      return false;
    }
    policies = now;
    rules = rules(now);
    now.forEach(
        policy -> LOG.info("policy: {} changed or came, and holds as it is now", policy.file()));
    return true;
  }

  private void say(String what) {
    if (!what.equals(problem)) {
      if (what.isEmpty()) {
        LOG.info("policy: can be read again");
      } else {
        LOG.error(
            "policy: what was read before stays in force; mend the file, or start the agent again"
                + " if it is to go: {}",
            what);
      }
      problem = what;
    }
  }

  /** The longest that a run of a script plugin may take. */
  public static Duration maxTimeout(List<Policy> policies) {
    return policies.stream()
        .map(Policy::maxTimeout)
        .min(Duration::compareTo)
        .orElse(ChronoUnit.FOREVER.getDuration());
  }

  /** The longest that a run of a script plugin may take, at this moment; any thread. */
  public Duration maxTimeout() {
    return maxTimeout(policies);
  }

  /** Those of the host's namespaces that it may be in. */
  public Map<String, String> namespaces(Map<String, String> all) {
    Map<String, String> allowed = new TreeMap<>(all);
    allowed.keySet().removeIf(namespace -> first(rule -> rule.namespace(namespace)) != null);
    return allowed;
  }

  /**
   * What {@link #filter} has to know of, since a rule is about some: the IP addresses of these
   * hosts, and where these folders are.
   *
   * @param all what the namespaces' items say
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
   * Those that were found, with their IP addresses or without links; what is refused for others may
   * be later.
   */
  public void found(Map<String, List<String>> all) {
    places = Map.copyOf(all);
  }

  /** What a namespace's items say, without those that are refused. */
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

  /** Those of the host's own measurements that aren't refused. */
  public List<Assignment.HostProbe> allowed(List<Assignment.HostProbe> probes) {
    return probes.stream().filter(probe -> first(rule -> rule.assignment(probe)) == null).toList();
  }

  /** Whether an item may pin this reference, at this moment; empty: it pins none. Any thread. */
  public boolean allowsRef(String ref) {
    return ref.isEmpty() || first(rule -> rule.ref(ref)) == null;
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

  /**
   * Whether a log may be read, or told of; any thread.
   *
   * @param real its path without links
   * @return why not; empty: it may
   */
  public Optional<String> refusesLogFile(Path real) {
    PolicyRules.Broken broken = first(rule -> rule.logFile(real));
    if (broken == null) {
      return Optional.empty();
    }
    // each file once, as items are; of many files the first ones
    if (countedFiles.size() < MOST_COUNTED_FILES && countedFiles.add(broken.rule() + real)) {
      count(broken);
    }
    return Optional.of(PREFIX + broken.why());
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
