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
 * Which of the runs that are due may begin, the first due first.
 *
 * <p>A run has a place until its end. Besides it holds a slot while it starts, and while it burns
 * processor time. One that waits for something (the network, a disk that is dead) gives its slot
 * back, so that many which hang keep nobody from starting. Who burns again takes a slot again
 * whether there is one or not: then nothing starts until enough were given back. A start that hangs
 * (its folder is on a disk that is dead) keeps its place, and after {@link #LOOK} no slot.
 *
 * <p>Runs of plugins whose last run was a time-out have half of the places and half of the slots at
 * most; the others are kept for those that come to an end.
 *
 * <p>Any thread may call. Nothing waits under the lock, and what begins is begun outside of it.
 */
final class RunQueue {

  /** How long a start may take, and how often what is queued is looked after. */
  static final Duration LOOK = Duration.ofSeconds(1);

  private final Consumer<Runnable> later;
  private final Room all;
  private final Room doubtful;
  private final Deque<Waiting> good = new ArrayDeque<>();
  private final Deque<Waiting> suspects = new ArrayDeque<>();
  private final Set<RunTurn> running = new HashSet<>();
  private boolean closed;
  private boolean lookedAfter;

  /**
   * A run that waits.
   *
   * @param begin comes back at once
   * @param drop is called instead where it never begins
   */
  private record Waiting(RunTurn turn, Runnable begin, Runnable drop) {}

  /** Places and slots, and how many are taken. */
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
   * An empty queue.
   *
   * @param places how many runs there may be at once
   * @param slots how many of them may start or burn processor time
   * @param later does something after {@link #LOOK}
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
   * Begins a run as soon as there is room for it.
   *
   * @param begin begins it, and comes back at once; {@link #end} is to follow
   * @param drop is called instead where it never begins
   */
  void add(RunTurn turn, Runnable begin, Runnable drop) {
    boolean late;
    synchronized (this) {
      late = closed;
      if (!late) {
        (turn.isDoubtful() ? suspects : good).add(new Waiting(turn, begin, drop));
      }
    }
    if (late) {
      drop.run();
    }
    beginNext();
  }

  /** A run burns processor time, or waits; comes back at once. */
  void busy(RunTurn turn, boolean busy) {
    turn.see();
    RunTurn.State state = busy ? RunTurn.State.BUSY : RunTurn.State.QUIET;
    if (turn.state() == state) {
      return;
    }
    synchronized (this) {
      // one that waits for nobody has nothing to give back
      if (!running.contains(turn)) {
        return;
      }
      turn.become(state);
      count(turn, 0, busy ? 1 : -1);
    }
    beginNext();
  }

  /** A run is at its end. */
  void end(RunTurn turn) {
    synchronized (this) {
      if (running.remove(turn)) {
        count(turn, -1, turn.state() == RunTurn.State.BUSY ? -1 : 0);
      }
      turn.become(RunTurn.State.ENDED);
    }
    beginNext();
  }

  /** Takes a run away that hasn't begun; nothing happens where it has. */
  void drop(RunTurn turn) {
    drop(waiting -> waiting.turn == turn);
  }

  /** Takes away all that haven't begun, and takes no more. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    drop(waiting -> true);
  }

  private void drop(Predicate<Waiting> which) {
    List<Waiting> dropped = new ArrayList<>();
    synchronized (this) {
      for (Deque<Waiting> queue : List.of(good, suspects)) {
        queue.stream().filter(which).forEach(dropped::add);
        queue.removeIf(which);
      }
    }
    dropped.forEach(waiting -> waiting.drop.run());
  }

  private void beginNext() {
    for (Waiting next = next(); next != null; next = next()) {
      next.begin.run();
    }
    if (isToBeLookedAfter()) {
      later.accept(this::look);
    }
  }

  /** Whether something is queued, and nobody comes back to it by himself. */
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

  private synchronized @Nullable Waiting next() {
    if (!all.hasMore()) {
      return null;
    }
    Waiting suspect = doubtful.hasMore() ? suspects.peek() : null;
    Waiting first = good.peek();
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
