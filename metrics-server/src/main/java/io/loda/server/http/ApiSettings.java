package io.loda.server.http;

import io.loda.common.config.HostPort;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the API listens, and whom it believes.
 *
 * @param key what requests and answers are signed with; null: they aren't
 * @param requireSignature whether a POST without a signature is refused where there is a key
 * @param requestTimeout how long a request may take, from its first byte to its answer
 */
public record ApiSettings(
    HostPort listen, @Nullable String key, boolean requireSignature, Duration requestTimeout) {

  @Override
  public String toString() {
    return "ApiSettings[listen=" + listen + ", key " + (key == null ? "none" : "***") + "]";
  }
}
