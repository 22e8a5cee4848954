package io.loda.agent.git.fetch;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A user that nothing runs as but a child of ours.
 *
 * @param id its number, and that of its group
 * @param command what has to be started for a program to run as this user
 * @param end ends all that runs as this user; says what can't be ended, empty: nothing. Blocks for
 *     2 s at most
 */
public record FetchUser(int id, UnaryOperator<List<String>> command, Supplier<String> end) {

  /** Gives each place in which a child works its user. */
  public interface Source {

    /** An agent that isn't root: all that it starts is the agent's own. */
    Source NONE = place -> Optional.empty();

    /**
     * Returns the user of a place, always the same; blocks shortly.
     *
     * @param place from 0 on
     * @throws IOException where there is none for it; says what to do
     */
    Optional<FetchUser> of(int place) throws IOException;
  }
}
