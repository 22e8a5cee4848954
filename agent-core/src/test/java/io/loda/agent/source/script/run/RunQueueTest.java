package io.loda.agent.source.script.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunQueueTest {

  private final List<RunTurn> begun = new ArrayList<>();
  private final List<RunTurn> dropped = new ArrayList<>();

  private final List<Runnable> looks = new ArrayList<>();

  private RunQueue queue(int places, int slots) {
    return new RunQueue(places, slots, looks::add);
  }

  private RunTurn add(RunQueue queue, long due, boolean doubtful) {
    RunTurn turn = new RunTurn(due, doubtful);
    queue.add(turn, () -> begun.add(turn), () -> dropped.add(turn));
    return turn;
  }

  @Test
  void oneThatWaitsForSomethingLeavesItsSlotToTheNext() {
    RunQueue queue = queue(64, 1);
    RunTurn hangs = add(queue, 1, false);
    RunTurn next = add(queue, 2, false);
    assertThat(begun).containsExactly(hangs);
    assertThat(next.isQueued()).isTrue();

    queue.busy(hangs, false);

    assertThat(begun).containsExactly(hangs, next);
    assertThat(next.isQueued()).isFalse();
    assertThat(next.lateMillis()).isPositive();
  }

  @Test
  void nothingStartsWhileOneThatHadGivenItsSlotBackBurnsAgain() {
    RunQueue queue = queue(64, 1);
    RunTurn first = add(queue, 1, false);
    queue.busy(first, false);
    RunTurn second = add(queue, 2, false);
    queue.busy(first, true);
    queue.busy(second, false);
    RunTurn third = add(queue, 3, false);
    assertThat(begun).containsExactly(first, second);

    queue.end(first);

    assertThat(begun).containsExactly(first, second, third);
  }

  @Test
  void halfIsKeptForThoseThatComeToAnEnd() {
    RunQueue queue = queue(4, 2);
    for (int i = 0; i < 9; i++) {
      queue.busy(add(queue, i, true), false);
      begun.forEach(turn -> queue.busy(turn, false));
    }
    assertThat(begun).hasSize(2);

    RunTurn good = add(queue, 10, false);
    queue.busy(good, false);
    RunTurn better = add(queue, 11, false);
    queue.busy(better, false);
    RunTurn tooMany = add(queue, 12, false);

    assertThat(begun).hasSize(4).endsWith(good, better);
    assertThat(tooMany.isQueued()).isTrue();
    queue.end(begun.get(0));
    assertThat(begun).as("it was due before").hasSize(5);
    assertThat(begun.get(4).isDoubtful()).isTrue();
    queue.busy(begun.get(4), false);
    queue.end(good);
    assertThat(begun).endsWith(tooMany);
  }

  @Test
  void whoseLastRunWasATimeOutBurnsInHalfOfTheSlots() {
    RunQueue queue = queue(64, 4);
    for (int i = 0; i < 6; i++) {
      add(queue, i, true);
    }
    assertThat(begun).hasSize(2);
    RunTurn good = add(queue, 7, false);
    assertThat(begun).hasSize(3).contains(good);
  }

  @Test
  void theFirstDueIsTheFirst() {
    RunQueue queue = queue(1, 1);
    RunTurn runs = add(queue, 0, false);
    RunTurn suspect = add(queue, 1, true);
    RunTurn good = add(queue, 2, false);
    RunTurn last = add(queue, 3, true);
    for (RunTurn turn : List.of(runs, suspect, good)) {
      queue.end(turn);
    }
    assertThat(begun).containsExactly(runs, suspect, good, last);
  }

  @Test
  void oneLookAfterTheOtherIsForWhatIsQueued() {
    RunQueue queue = queue(1, 1);
    RunTurn runs = add(queue, 0, false);
    assertThat(looks).isEmpty();
    add(queue, 1, false);
    add(queue, 2, false);
    assertThat(looks).hasSize(1);
    looks.remove(0).run();
    assertThat(looks).hasSize(1);
    queue.end(runs);
    queue.end(begun.get(1));
    looks.remove(0).run();
    assertThat(looks).isEmpty();
  }

  @Test
  void whatIsDroppedNeverBegins() {
    RunQueue queue = queue(1, 1);
    RunTurn runs = add(queue, 0, false);
    RunTurn waits = add(queue, 1, false);
    queue.drop(runs);
    queue.drop(waits);
    queue.drop(waits);
    queue.end(runs);
    assertThat(begun).containsExactly(runs);
    assertThat(dropped).containsExactly(waits);
  }

  @Test
  void closedItTakesNone() {
    RunQueue queue = queue(1, 1);
    RunTurn runs = add(queue, 0, false);
    RunTurn waits = add(queue, 1, true);
    queue.close();
    RunTurn late = add(queue, 2, false);
    queue.end(runs);
    assertThat(begun).containsExactly(runs);
    assertThat(dropped).containsExactly(waits, late);
  }

  @Test
  void oneThatWaitsForNobodyTakesNothing() {
    RunQueue queue = queue(1, 1);
    RunTurn byHand = RunTurn.atOnce();
    queue.busy(byHand, true);
    queue.busy(byHand, false);
    queue.end(byHand);
    RunTurn runs = add(queue, 0, false);
    RunTurn waits = add(queue, 1, false);
    queue.end(byHand);
    assertThat(begun).containsExactly(runs);
    assertThat(waits.isQueued()).isTrue();
  }

  @Test
  void whateverHappensNoBoundIsExceededAtAStartAndNoneIsForgotten() {
    for (long seed = 0; seed < 300; seed++) {
      begun.clear();
      Random random = new Random(seed);
      int places = 1 + random.nextInt(8);
      int slots = 1 + random.nextInt(places);
      RunQueue queue = queue(places, slots);
      List<RunTurn> all = new ArrayList<>();
      for (int step = 0; step < 200; step++) {
        int before = begun.size();
        List<RunTurn> running = running();
        if (running.isEmpty() || random.nextInt(3) == 0) {
          all.add(add(queue, step, random.nextBoolean()));
        } else {
          RunTurn turn = running.get(random.nextInt(running.size()));
          if (random.nextInt(3) == 0) {
            queue.end(turn);
          } else {
            queue.busy(turn, random.nextBoolean());
          }
        }
        List<RunTurn> now = running();
        assertThat(now.size()).as("seed %d", seed).isLessThanOrEqualTo(places);
        assertThat(now.stream().filter(RunTurn::isDoubtful).count())
            .as("seed %d", seed)
            .isLessThanOrEqualTo(places - places / 2);
        if (begun.size() > before) {
          assertThat(now.stream().filter(t -> t.state() == RunTurn.State.BUSY).count())
              .as("seed %d", seed)
              .isLessThanOrEqualTo(slots);
        }
      }
      while (!running().isEmpty()) {
        queue.end(running().get(0));
      }
      assertThat(begun).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(all);
    }
  }

  private List<RunTurn> running() {
    return begun.stream().filter(turn -> turn.state() != RunTurn.State.ENDED).toList();
  }
}
