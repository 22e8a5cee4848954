package io.loda.agent.config;

import java.util.List;
import java.util.Map;

/**
 * Keys of the design that this version knows and does not act on.
 *
 * <p>A configuration may hold them with the value that describes what this version does; anything
 * else is refused, because a limit or a lock that silently doesn't hold is worse than an error.
 */
final class ReservedKeys {

  /** Key to the values that are taken. */
  static final Map<String, List<String>> VALUES =
      Map.ofEntries(
          Map.entry("http.open", List.of("false")),
          Map.entry("http.token-file", List.of("")),
          Map.entry("http.tls.cert", List.of("")),
          Map.entry("http.tls.key", List.of("")),
          Map.entry("http.tls.client-ca", List.of("")));

  private ReservedKeys() {}
}
