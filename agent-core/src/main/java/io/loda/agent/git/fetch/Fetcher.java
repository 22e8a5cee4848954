package io.loda.agent.git.fetch;

import io.loda.agent.git.exchange.GitAnswer;
import io.loda.agent.git.exchange.GitRequest;
import java.io.IOException;

/**
 * Who fetches repositories: a process of its own, but for tests of what is done with the result.
 */
public interface Fetcher extends AutoCloseable {

  /**
   * Fetches what is asked for; blocks.
   *
   * @throws IOException when it can't; says why, and leaves nothing behind
   */
  GitAnswer fetch(GitRequest request) throws IOException;

  /** Ends what is under way; idempotent, doesn't wait. */
  @Override
  default void close() {}
}
