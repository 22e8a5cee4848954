package io.loda.agent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the host's owner allows, whatever a registry says: one {@code policy.conf}. What is left out
 * of the file isn't restricted. A deny rule goes over an allow rule.
 *
 * @param file where it was read from
 * @param refs of items that pin one; an item without takes the configured branch
 * @param measurements types of built-in measurements, and names of Java plugins
 * @param users whom script plugins may run as
 * @param logFiles that may be read, by their paths without links
 * @param minInterval of plugins that run by themselves
 * @param maxTimeout of a run of a script plugin
 * @param allowStreams whether a plugin may run for ever
 * @param keep the repositories whose plugins' processes may outlive their runs
 * @param arguments of the repositories that it names; others may be given any
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

  /** What is allowed, less what is denied. */
  public record Rule<T>(List<T> allow, List<T> deny) {

    public Rule {
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
    }
  }

  /** The lists of arguments, each exact, that a repository's plugin may be run with. */
  public record Arguments(RepositoryPattern repository, List<List<String>> allowed) {

    public Arguments {
      allowed = allowed.stream().map(List::copyOf).toList();
    }
  }
}
