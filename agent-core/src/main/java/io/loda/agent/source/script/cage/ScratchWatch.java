package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.process.RunOutput;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bounds what a run stores in its scratch folder and elsewhere on the host. It passes the output
 * on, and reports it as too large when the run stores too much, which ends the run. It measures
 * after 0.2, 0.4 and 0.8 s, then each second; slower if measuring would take more than a twentieth
 * of the time, but at least every ten seconds, as a measurement may only have seemed slow on a
 * suspended machine. One run, one thread.
 *
 * <p>A scratch folder with too much in it is emptied, and the run counts as failed: else each later
 * run would fail for it, and a line in the log would not be seen on many hosts. A limit on the size
 * of files alone would let many files fill the disk, and few hosts have quotas.
 */
public final class ScratchWatch implements RunOutput {

  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long USUAL_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long SHARE = 20;

  /** How many pids of a run are remembered. */
  private static final int MOST_PIDS = 10_000;

  private final ScratchUse use;
  private final Set<Long> pids = new HashSet<>();
  private final RunOutput output;
  private final LongSupplier nanos;
  private long due;
  private long first = FIRST_NANOS;
  private String problem = "";

  /**
   * @param ownUid a user that only this plugin runs as; negative: it has none
   * @param output takes the run's output
   */
  public ScratchWatch(
      Path folder, long maxBytes, Leavings leavings, long ownUid, RunOutput output) {
    this(folder, maxBytes, leavings, ownUid, output, System::nanoTime);
  }

  /** Like its overload, with another clock, in ns. */
  ScratchWatch(
      Path folder,
      long maxBytes,
      Leavings leavings,
      long ownUid,
      RunOutput output,
      LongSupplier nanos) {
    this.use = new ScratchUse(folder, maxBytes, leavings, ownUid, nanos);
    this.output = output;
    this.nanos = nanos;
    this.due = nanos.getAsLong() + FIRST_NANOS;
  }

  @Override
  public void write(byte[] chunk, int length) throws InterruptedException {
    output.write(chunk, length);
  }

  @Override
  public void look(Set<Long> processes) {
    output.look(processes);
    if (pids.size() < MOST_PIDS) {
      pids.addAll(processes);
    }
    long start = nanos.getAsLong();
    if (start - due >= 0) {
      measure(true);
      long end = nanos.getAsLong();
      long pause = Math.max(first, (end - start) * SHARE);
      first = Math.min(2 * first, USUAL_NANOS);
      due = end + Math.min(LONGEST_NANOS, pause);
    }
  }

  @Override
  public boolean isReady() {
    return output.isReady();
  }

  @Override
  public String unread() {
    return output.unread();
  }

  @Override
  public boolean takesErrors() {
    return output.takesErrors();
  }

  @Override
  public void errorsRead(int bytes) {
    output.errorsRead(bytes);
  }

  @Override
  public boolean tooLarge() {
    return !problem.isEmpty() || output.tooLarge();
  }

  @Override
  public long size() {
    return output.size();
  }

  /** Measures at the end of a run; returns what exceeded the limit, empty: nothing. */
  public String measure() {
    return measure(false);
  }

  private String measure(boolean running) {
    if (problem.isEmpty()) {
      problem = use.measure(pids, running ? pids : Set.of());
    } else {
      use.lookForLeavings(pids);
    }
    return problem;
  }

  /** Returns whether the scratch folder alone exceeded the limit. */
  public boolean scratchFull() {
    return use.scratchFull();
  }

  /** Returns what the run left outside its scratch folder, at the last measurement. */
  public Leavings.Left left() {
    return use.left();
  }
}
