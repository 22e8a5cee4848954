package io.loda.agent.source;

import java.util.List;

/**
 * What a source gave.
 *
 * @param batches to be sent; a run that failed may have some too, its own alarm for one
 * @param problem why it failed, the same words for the same reason; empty: it didn't
 * @param said what the plugin itself said of it last, for the log; may be empty
 */
public record Collected(List<Batch> batches, String problem, String said) {

  public Collected {
    batches = List.copyOf(batches);
  }

  /** What went well. */
  public static Collected of(Batch batch) {
    return new Collected(List.of(batch), "", "");
  }
}
