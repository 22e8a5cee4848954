package io.loda.agent.poll;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the registry answers.
 *
 * @param description the registry, in words
 * @param namespaces the ask for the host's namespaces
 * @param report the last report about this host
 * @param items the asks for what to collect, by namespace
 */
public record RegistryStatus(
    String description, Ask namespaces, Ask report, Map<String, Ask> items) {

  public RegistryStatus {
    items = Map.copyOf(items);
  }

  /**
   * One request that is repeated.
   *
   * @param lastGood the last good answer, which may be from before this start; null: none
   * @param failure why the last request failed; empty: it didn't
   */
  public record Ask(@Nullable Instant lastGood, String failure) {

    static final Ask NEVER = new Ask(null, "");

    Ask answered(Instant when) {
      return new Ask(when, "");
    }

    Ask failed(String why) {
      return new Ask(lastGood, why);
    }
  }
}
