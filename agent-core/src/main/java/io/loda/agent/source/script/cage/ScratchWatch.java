package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.process.RunOutput;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Sees to it that a run doesn't fill its scratch folder, nor what else it finds of the host: passes
 * on what it prints, and says that it is too much when it holds too much. Looks after 0.2, 0.4 and
 * 0.8 s, then each second or, where a look takes long, so seldom that it costs a twentieth of the
 * time; each ten seconds at the least, as it may only have seemed long: to a machine that stood
 * still. One run, one thread.
 */
public final class ScratchWatch implements RunOutput {

  private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long USUAL_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long SHARE = 20;

  /** What is remembered of a run that starts ever new processes. */
  private static final int MOST_PIDS = 10_000;

  private final ScratchUse use;
  private final Set<Long> pids = new HashSet<>();
  private final RunOutput output;
  private final LongSupplier nanos;
  private long due;
  private long first = FIRST_NANOS;
  private String problem = "";

  /**
   * A watch that hasn't looked yet.
   *
   * @param ownUid of a user that nothing but this plugin runs as; negative: it has none
   * @param output where that goes which the run prints
   */
  public ScratchWatch(
      Path folder, long maxBytes, Leavings leavings, long ownUid, RunOutput output) {
    this(folder, maxBytes, leavings, ownUid, output, System::nanoTime);
  }

  /** With another clock, in ns. */
  ScratchWatch(
      Path folder,
      long maxBytes,
      Leavings leavings,
      long ownUid,
      RunOutput output,
      LongSupplier nanos) {
    this.use = new ScratchUse(folder, maxBytes, leavings, ownUid);
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

  @Override
  public byte[] bytes() {
    return output.bytes();
  }

  /** Looks when the run is over, and says what it had too much of; empty when it hadn't. */
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

  /** Whether it was the scratch folder by itself. */
  public boolean scratchFull() {
    return use.scratchFull();
  }

  /** What it left outside of the scratch folder, by the last look. */
  public Leavings.Found left() {
    return use.left();
  }
}
