package io.loda.agent.git.fetch;

import io.loda.agent.git.exchange.GitAnswer;
import io.loda.agent.git.exchange.GitRequest;
import java.io.IOException;

/** Fetches repositories: {@link FetchProcess}, or a test's double. */
public interface Fetcher extends AutoCloseable {

  /**
   * Fetches a repository; blocks.
   *
   * @throws IOException if that fails; the message tells why, and no files are left
   */
  GitAnswer fetch(GitRequest request) throws IOException;

  /** Ends all fetches; idempotent, doesn't wait. */
  @Override
  default void close() {}
}
