package io.loda.agent.source;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a source gave.
 *
 * @param batches to be sent; a run that failed may have some too, its own alarm for one
 * @param problem why it failed, the same words for the same reason; empty: it didn't
 * @param said what the plugin itself said of it last, for the log; may be empty
 * @param run how it went, where it was a script's run
 * @param again what says that it failed, and is to be sent again each time that it would be due but
 *     isn't run because it keeps failing
 */
public record Collected(
    List<Batch> batches, String problem, String said, @Nullable PluginRun run, List<Batch> again) {

  public Collected {
    batches = List.copyOf(batches);
    again = List.copyOf(again);
  }

  /** What no script gave. */
  public Collected(List<Batch> batches, String problem, String said) {
    this(batches, problem, said, null, List.of());
  }

  /** What went well. */
  public static Collected of(Batch batch) {
    return new Collected(List.of(batch), "", "");
  }
}
