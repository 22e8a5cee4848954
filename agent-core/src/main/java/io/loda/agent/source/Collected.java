package io.loda.agent.source;

import io.loda.agent.source.script.result.RunResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of a collection.
 *
 * @param batches to send; a failed run may have some too, such as its alarm
 * @param problem why it failed, with the same text for the same reason; empty: it succeeded
 * @param said the plugin's last words on the failure, for the log; may be empty
 * @param run the record of a script's run; null: it wasn't a script
 * @param again the alarm of the failure, sent again at each interval that the breaker skips
 */
public record Collected(
    List<Batch> batches, String problem, String said, @Nullable RunResult run, List<Batch> again) {

  public Collected {
    batches = List.copyOf(batches);
    again = List.copyOf(again);
  }

  /** Creates the result of a source that isn't a script. */
  public Collected(List<Batch> batches, String problem, String said) {
    this(batches, problem, said, null, List.of());
  }

  /** Returns the same, with only the remembered part of the run. */
  public Collected withRememberedRun() {
    return run == null ? this : new Collected(batches, problem, said, run.remembered(), again);
  }

  /** Creates a good result. */
  public static Collected of(Batch batch) {
    return new Collected(List.of(batch), "", "");
  }
}
