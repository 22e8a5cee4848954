package io.loda.agent.config;

import java.util.List;
import java.util.Map;

/**
 * The keys that are reserved for later versions.
 *
 * <p>A configuration may have them only with the value that describes what this version does. Other
 * values are refused: a limit or a lock that silently doesn't hold is worse than an error.
 */
final class ReservedKeys {

  /** The accepted values, by key. */
  static final Map<String, List<String>> VALUES =
      Map.ofEntries(
          Map.entry("http.open", List.of("false")),
          Map.entry("http.token-file", List.of("")),
          Map.entry("http.tls.cert", List.of("")),
          Map.entry("http.tls.key", List.of("")),
          Map.entry("http.tls.client-ca", List.of("")));

  private ReservedKeys() {}
}
