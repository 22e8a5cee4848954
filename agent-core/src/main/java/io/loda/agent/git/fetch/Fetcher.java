package io.loda.agent.git.fetch;

import io.loda.agent.git.exchange.GitAnswer;
import io.loda.agent.git.exchange.GitRequest;
import java.io.IOException;

/** Fetches repositories: {@link FetchProcess}, or a test's double. */
public interface Fetcher extends AutoCloseable {

  /**
   * Fetches what is asked for; blocks.
   *
   * @throws IOException when that fails; the message says why, and nothing is left behind
   */
  GitAnswer fetch(GitRequest request) throws IOException;

  /** Ends all fetches; idempotent, doesn't wait. */
  @Override
  default void close() {}
}
