package io.loda.agent.source.script.run;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides which due run may begin next, the first due first.
 *
 * <p>A run takes a place until its end, and a slot while it starts or uses processor time. A
 * waiting run (for the network or a dead disk) returns its slot, so that hanging runs don't keep
 * others from starting. When it uses the processor again it takes a slot even if none is free; then
 * no run starts until enough slots are returned. A start that hangs, on a dead disk, keeps its
 * place but loses its slot after {@link #LOOK}.
 *
 * <p>Plugins whose last run was a time-out share at most half of the places and half of the slots;
 * the rest is for those that end in time.
 *
 * <p>Any thread. No lock is held while something blocks, and runs are begun without it.
 *
 * <p>With one bound for both, eight runs that hang would keep all others from starting; with a
 * bound of 64, 64 runs that are due in the same second would start together.
 */
final class RunQueue {

  /** How long a start may hold its slot, and how often the queue is checked. */
  static final Duration LOOK = Duration.ofSeconds(1);

  private final Consumer<Runnable> later;
  private final Room all;
  private final Room doubtful;
  private final Deque<QueuedRun> good = new ArrayDeque<>();
  private final Deque<QueuedRun> suspects = new ArrayDeque<>();
  private final Set<RunTurn> running = new HashSet<>();
  private boolean closed;
  private boolean lookedAfter;

  /**
   * A queued run.
   *
   * @param begin begins it, without blocking
   * @param drop is called instead if it never begins
   */
  private record QueuedRun(RunTurn turn, Runnable begin, Runnable drop) {}

  /** The places and slots, and how many are taken. */
  private static final class Room {
    private final int places;
    private final int slots;
    private int runs;
    private int busy;

    Room(int places, int slots) {
      this.places = places;
      this.slots = slots;
    }

    boolean hasMore() {
      return runs < places && busy < slots;
    }
  }

  /**
   * Creates an empty queue.
   *
   * @param places how many runs there may be at once
   * @param slots how many of them may start or use processor time
   * @param later runs a task after {@link #LOOK}
   */
  RunQueue(int places, int slots, Consumer<Runnable> later) {
    this.later = later;
    this.all = new Room(Math.max(places, slots), slots);
    this.doubtful = new Room(upperHalf(Math.max(places, slots)), upperHalf(slots));
  }

  private static int upperHalf(int count) {
    return count - count / 2;
  }

  /**
   * Begins a run when there is room for it.
   *
   * @param begin begins it, without blocking; {@link #end} must follow
   * @param drop is called instead if the run never begins
   */
  void add(RunTurn turn, Runnable begin, Runnable drop) {
    boolean late;
    synchronized (this) {
      late = closed;
      if (!late) {
        (turn.isDoubtful() ? suspects : good).add(new QueuedRun(turn, begin, drop));
      }
    }
    if (late) {
      drop.run();
    }
    beginNext();
  }

  /** Notes whether a run uses processor time or waits. */
  void busy(RunTurn turn, boolean busy) {
    turn.see();
    RunTurn.State state = busy ? RunTurn.State.BUSY : RunTurn.State.QUIET;
    if (turn.state() == state) {
      return;
    }
    synchronized (this) {
      // a run that isn't queued holds no slot
      if (!running.contains(turn)) {
        return;
      }
      turn.become(state);
      count(turn, 0, busy ? 1 : -1);
    }
    beginNext();
  }

  void end(RunTurn turn) {
    synchronized (this) {
      if (running.remove(turn)) {
        count(turn, -1, turn.state() == RunTurn.State.BUSY ? -1 : 0);
      }
      turn.become(RunTurn.State.ENDED);
    }
    beginNext();
  }

  /** Drops a run that hasn't begun; does nothing if it has. */
  void drop(RunTurn turn) {
    drop(queued -> queued.turn == turn);
  }

  /** Drops all queued runs, and accepts no more. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    drop(queued -> true);
  }

  private void drop(Predicate<QueuedRun> which) {
    List<QueuedRun> dropped = new ArrayList<>();
    synchronized (this) {
      for (Deque<QueuedRun> queue : List.of(good, suspects)) {
        queue.stream().filter(which).forEach(dropped::add);
        queue.removeIf(which);
      }
    }
    dropped.forEach(queued -> queued.drop.run());
  }

  private void beginNext() {
    for (QueuedRun next = next(); next != null; next = next()) {
      next.begin.run();
    }
    if (isToBeLookedAfter()) {
      later.accept(this::look);
    }
  }

  /** Returns whether to schedule a check: runs are queued, and none is scheduled. */
  private synchronized boolean isToBeLookedAfter() {
    boolean now = !lookedAfter && !(good.isEmpty() && suspects.isEmpty());
    lookedAfter |= now;
    return now;
  }

  private void look() {
    synchronized (this) {
      lookedAfter = false;
      running.stream().filter(turn -> turn.isStuck(LOOK)).forEach(this::giveSlotBack);
    }
    beginNext();
  }

  private void giveSlotBack(RunTurn turn) {
    turn.become(RunTurn.State.QUIET);
    count(turn, 0, -1);
  }

  private synchronized @Nullable QueuedRun next() {
    if (!all.hasMore()) {
      return null;
    }
    QueuedRun suspect = doubtful.hasMore() ? suspects.peek() : null;
    QueuedRun first = good.peek();
    if (first == null || (suspect != null && suspect.turn.isBefore(first.turn))) {
      first = suspect;
    }
    if (first != null) {
      (first.turn.isDoubtful() ? suspects : good).remove();
      running.add(first.turn);
      first.turn.become(RunTurn.State.BUSY);
      count(first.turn, 1, 1);
    }
    return first;
  }

  private void count(RunTurn turn, int runs, int busy) {
    all.runs += runs;
    all.busy += busy;
    if (turn.isDoubtful()) {
      doubtful.runs += runs;
      doubtful.busy += busy;
    }
  }
}
