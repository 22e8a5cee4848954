package io.loda.agent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The rules of the host's owner in one {@code policy.conf}, which hold whatever a registry assigns.
 * A key that isn't in the file restricts nothing. A deny rule overrides an allow rule.
 *
 * @param file the file with the rules
 * @param refs the references that items may pin; some servers give any fork's commit under the
 *     parent's address, so a pinned commit of an allowed repository may be anybody's code
 * @param measurements the types of built-in measurements, and the names of Java plugins
 * @param users the users that script plugins may run as
 * @param logFiles the log files that may be read, by their paths without links
 * @param minInterval the shortest interval of scheduled plugins
 * @param maxTimeout the longest time-out of a script plugin's run
 * @param allowStreams whether a plugin may run for ever
 * @param keep the repositories whose plugins' processes may outlive their runs
 * @param arguments the allowed arguments of some repositories; other ones may have any
 */
public record Policy(
    Path file,
    Rule<Glob> namespaces,
    Rule<RepositoryPattern> repositories,
    List<Glob> refs,
    Rule<Glob> measurements,
    List<Glob> users,
    Rule<Glob> logFiles,
    Duration minInterval,
    Duration maxTimeout,
    boolean allowStreams,
    List<RepositoryPattern> keep,
    List<Arguments> arguments) {

  public Policy {
    refs = List.copyOf(refs);
    users = List.copyOf(users);
    keep = List.copyOf(keep);
    arguments = List.copyOf(arguments);
  }

  /** A rule: it allows what is in {@code allow} and not in {@code deny}. */
  public record Rule<T>(List<T> allow, List<T> deny) {

    public Rule {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
    }
  }

  /** The exact lists of arguments with which a repository's plugin may run. */
  public record Arguments(RepositoryPattern repository, List<List<String>> allowed) {

    public Arguments {
      allowed = allowed.stream().map(List::copyOf).toList();
    }
  }
}
