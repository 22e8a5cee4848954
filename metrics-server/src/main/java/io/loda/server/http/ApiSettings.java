package io.loda.server.http;

import io.loda.common.config.HostPort;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the API.
 *
 * @param key the key of signatures; null: no signatures
 * @param requireSignature whether a POST without a signature is refused if there is a key
 * @param requestTimeout the longest time from the first byte of a request to its answer
 */
public record ApiSettings(
    HostPort listen, @Nullable String key, boolean requireSignature, Duration requestTimeout) {

  @Override
  public String toString() {
    return "ApiSettings[listen=" + listen + ", key " + (key == null ? "none" : "***") + "]";
  }
}
