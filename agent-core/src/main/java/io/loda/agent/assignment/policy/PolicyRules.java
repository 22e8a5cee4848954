package io.loda.agent.assignment.policy;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Glob;
import io.loda.agent.config.Policy;
import io.loda.agent.config.RepositoryPattern;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks one policy file's rules one after another; the first broken rule is the answer. */
final class PolicyRules {

  private static final Duration NEVER = Duration.ZERO;

  private final Function<String, @Nullable List<String>> places;
  private final Policy policy;
  private final Path home;
  private final String gitUrl;

  /**
   * Makes the rules of a policy.
   *
   * @param places returns the IP addresses of a host or the real path of a folder; null: unknown
   */
  PolicyRules(Policy policy, AgentConfig config, Function<String, @Nullable List<String>> places) {
    this.places = places;
    this.policy = policy;
    this.home = config.host().home();
    this.gitUrl = config.plugins().gitUrl();
  }

  /**
   * A rule that was broken.
   *
   * @param rule its key in the file
   * @param why begins with the key
   */
  record Broken(String rule, String why) {}

  @Nullable Broken namespace(String namespace) {
    return named("namespaces", policy.namespaces(), namespace);
  }

  @Nullable Broken assignment(Assignment assignment) {
    if (assignment instanceof Assignment.Script script) {
      return script(script);
    }
    if (assignment instanceof Assignment.JavaPlugin plugin) {
      Broken broken = named("measurements", policy.measurements(), plugin.name());
      return broken == null ? interval(plugin.interval()) : broken;
    }
    String type =
        assignment instanceof Assignment.NamespaceProbe probe ? probe.type() : assignment.name();
    Broken broken = named("measurements", policy.measurements(), type);
    return broken == null && assignment instanceof Assignment.NamespaceProbe probe
        ? deniedLog(probe.parameters().getOrDefault("file_path", ""))
        : broken;
  }

  /** Checks the path that the item has; where its links lead is checked when it is opened. */
  private @Nullable Broken deniedLog(String file) {
    for (Glob glob : policy.logFiles().deny()) {
      if (!file.isEmpty() && glob.matchesAnyCase(file.strip())) {
        return broken("deny-log-files", "has \"" + glob + '"');
      }
    }
    return null;
  }

  private @Nullable Broken script(Assignment.Script script) {
    Broken broken = repository(script.git());
    if (broken == null && !script.ref().isEmpty()) {
      broken = ref(script.ref());
    }
    if (broken == null && script.stream() && !policy.allowStreams()) {
      broken = broken("allow-streams", "is false, and this one runs for ever");
    }
    if (broken == null && script.keep()) {
      broken = keep(script.git());
    }
    if (broken == null) {
      broken = interval(script.interval());
    }
    return broken == null ? arguments(script.git(), script.parameters()) : broken;
  }

  /** Kept processes use the host's resources for good, so an allow rule has to name them. */
  private @Nullable Broken keep(String git) {
    for (String address : addresses(git)) {
      try {
        if (policy.keep().stream().anyMatch(pattern -> pattern.allows(address))) {
          continue;
        }
      } catch (IllegalArgumentException e) {
        // an address that can't be compared matches no allow rule
      }
      return broken("allow-keep", "has nothing for " + RepositoryPattern.shown(address, home));
    }
    return null;
  }

  /** Checks what is refused when there is no policy. */
  static @Nullable Broken withoutPolicy(Assignment assignment) {
    return assignment instanceof Assignment.Script script && script.keep()
        ? broken("allow-keep", "has to name its repository, and there is no policy.conf")
        : null;
  }

  private @Nullable Broken interval(Duration interval) {
    return !interval.equals(NEVER) && interval.compareTo(policy.minInterval()) < 0
        ? broken(
            "min-interval",
            "is " + policy.minInterval().toSeconds() + " s, found " + interval.toSeconds() + " s")
        : null;
  }

  @Nullable Broken ref(String ref) {
    return policy.refs().stream().anyMatch(glob -> glob.matches(ref))
        ? null
        : broken("allow-refs", "has nothing for \"" + ref + '"');
  }

  private static @Nullable Broken named(String what, Policy.Rule<Glob> rule, String name) {
    for (Glob glob : rule.deny()) {
      if (glob.matchesAnyCase(name)) {
        return broken("deny-" + what, "has \"" + glob + '"');
      }
    }
    return rule.allow().stream().anyMatch(glob -> glob.matches(name))
        ? null
        : broken("allow-" + what, "has nothing for \"" + name + '"');
  }

  /** Checks both the registry's address and the one that is really fetched. */
  private @Nullable Broken repository(String git) {
    for (String address : addresses(git)) {
      Broken broken = address(address);
      if (broken != null) {
        return broken;
      }
    }
    return null;
  }

  private Set<String> addresses(String git) {
    Set<String> addresses = new LinkedHashSet<>(List.of(git));
    try {
      addresses.add(GitAddress.rewrite(git, gitUrl));
    } catch (IllegalArgumentException e) {
      // nothing is fetched from an address that can't be rewritten
    }
    return addresses;
  }

  private @Nullable Broken address(String address) {
    Policy.Rule<RepositoryPattern> rule = policy.repositories();
    try {
      for (RepositoryPattern pattern : rule.deny()) {
        if (pattern.denies(address)) {
          return broken("deny-repositories", "has \"" + pattern + '"');
        }
        String place = place(pattern, address);
        List<String> found = place.isEmpty() ? List.of() : places.apply(place);
        if (found == null) {
          return broken(
              "deny-repositories",
              "has \""
                  + pattern
                  + "\", and "
                  + place
                  + (pattern.namesIp() ? " has no IP address now" : " isn't there now")
                  + "; asks again");
        }
        for (String one : found) {
          if (deniesThere(pattern, address, one)) {
            return broken("deny-repositories", "has \"" + pattern + "\", which " + place + " is");
          }
        }
      }
      return rule.allow().stream().anyMatch(pattern -> pattern.allows(address))
          ? null
          : broken(
              "allow-repositories", "has nothing for " + RepositoryPattern.shown(address, home));
    } catch (IllegalArgumentException e) {
      return broken(
          rule.deny().isEmpty() ? "allow-repositories" : "deny-repositories",
          "needs an address that can be compared, found " + e.getMessage());
    }
  }

  /** A repository that no line names may have any arguments. */
  @Nullable Broken arguments(String git, List<String> arguments) {
    boolean listed = false;
    for (Policy.Arguments line : policy.arguments()) {
      boolean about;
      try {
        about = addresses(git).stream().anyMatch(one -> isAbout(line.repository(), one));
      } catch (IllegalArgumentException e) {
        about = true; // an address that can't be compared may be the one that the line means
      }
      if (about && line.allowed().contains(arguments)) {
        return null;
      }
      listed |= about;
    }
    return listed
        ? broken("arguments", "has no \"" + String.join(" ", arguments) + "\" for its repository")
        : null;
  }

  private boolean isAbout(RepositoryPattern pattern, String address) {
    if (pattern.denies(address)) {
      return true;
    }
    String place = place(pattern, address);
    List<String> found = place.isEmpty() ? List.of() : places.apply(place);
    return found == null || found.stream().anyMatch(one -> deniesThere(pattern, address, one));
  }

  /** Returns the host or folder of the address that this rule has to know; empty: none. */
  private String place(RepositoryPattern pattern, String address) {
    return pattern.namesIp()
        ? RepositoryPattern.hostName(address, home)
        : pattern.namesFolder() ? RepositoryPattern.folder(address, home) : "";
  }

  private static boolean deniesThere(RepositoryPattern pattern, String address, String found) {
    return pattern.namesIp()
        ? pattern.denies(address, found)
        : pattern.denies(GitAddress.PATH + found);
  }

  /** Returns the hosts whose IP addresses, and the folders whose real paths, the rules need. */
  Set<String> placesToFind(String git) {
    List<RepositoryPattern> patterns =
        Stream.concat(
                policy.repositories().deny().stream(),
                policy.arguments().stream().map(Policy.Arguments::repository))
            .toList();
    Set<String> names = new TreeSet<>();
    for (String address : addresses(git)) {
      try {
        patterns.forEach(pattern -> names.add(place(pattern, address)));
      } catch (IllegalArgumentException e) {
        // an address that can't be compared is refused anyway
      }
    }
    names.remove("");
    return names;
  }

  @Nullable Broken timeout(Duration timeout) {
    return timeout.compareTo(policy.maxTimeout()) > 0
        ? broken(
            "max-timeout",
            "is " + policy.maxTimeout().toSeconds() + " s, found " + timeout.toSeconds() + " s")
        : null;
  }

  /** Checks the path, without links, of a file that was opened. */
  @Nullable Broken logFile(Path real) {
    return named("log-files", policy.logFiles(), real.toString());
  }

  private static Broken broken(String rule, String why) {
    return new Broken(rule, rule + ' ' + why);
  }
}
