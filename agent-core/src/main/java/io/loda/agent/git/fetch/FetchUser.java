package io.loda.agent.git.fetch;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A user that only one child of the agent runs as.
 *
 * <p>It isn't a plugin's user: the child holds the key and an address that may have a password, and
 * what it writes will be run. Each of the two children at once has a user of its own, so that a
 * server that takes one over doesn't see the other's files.
 *
 * @param id the user and group id
 * @param command the command line that runs a program as this user
 * @param end ends all processes of this user; returns those that can't be ended, empty: none.
 *     Blocks for at most 2 s
 */
public record FetchUser(int id, UnaryOperator<List<String>> command, Supplier<String> end) {

  /** Provides the user of each workplace. */
  public interface Source {

    /** Provides no users, for an agent that isn't root: children run as the agent's user. */
    Source NONE = place -> Optional.empty();

    /**
     * Returns the user of a workplace, always the same; blocks shortly.
     *
     * @param place from 0 on
     * @throws IOException when there is none; the message says what to do
     */
    Optional<FetchUser> of(int place) throws IOException;
  }
}
