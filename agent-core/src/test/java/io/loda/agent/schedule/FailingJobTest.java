package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.Hanging;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a job makes of failures. */
class FailingJobTest extends JobFixture {

  @Test
  void aRunThatFailedButHasSomethingToSendIsAFailureToo() throws Exception {
    source.answer = () -> Future.succeededFuture(new Collected(BATCHES, "exit: 1", "no such disk"));
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> status(job).failures() >= 2);
    assertThat(status(job).problem()).isEqualTo("exit: 1");
    assertThat(delivered).allMatch(BATCHES::equals).isNotEmpty();

    source.answer = () -> Future.succeededFuture(GOOD);
    Awaitility.await().until(() -> status(job).problem().isEmpty());
  }

  @Test
  void aFailedRunIsCountedSaidAndTriedAgain() throws Exception {
    source.answer = () -> Future.failedFuture("no /proc");
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> status(job).failures() >= 2);
    assertThat(status(job).problem()).isEqualTo("no /proc");

    source.answer = () -> Future.succeededFuture(GOOD);
    Awaitility.await().until(() -> status(job).problem().isEmpty());
    assertThat(delivered).isNotEmpty();
  }

  @Test
  void aSourceThatThrowsFailsLikeAnyOther() throws Exception {
    source.answer =
        () -> {
          throw new IllegalStateException("broken");
        };
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> status(job).failures() >= 2);
    assertThat(status(job).problem()).isEqualTo("broken");
    assertThat(status(job).state()).isEqualTo("waiting");
  }

  @Test
  void aDeliveryThatThrowsIsAFailureToo() throws Exception {
    Job job =
        started(
            OFTEN,
            this::opened,
            batches -> {
              throw new IllegalStateException("no room");
            });

    Awaitility.await().until(() -> status(job).failures() >= 2);
    assertThat(status(job).problem()).isEqualTo("no room");
  }

  @Test
  void opensAgainAfterAFailure() throws Exception {
    Job job =
        started(
            OFTEN,
            () ->
                opens.incrementAndGet() < 3
                    ? Future.failedFuture(new IOException("no network"))
                    : Future.succeededFuture(source));

    Awaitility.await().until(() -> !delivered.isEmpty());
    assertThat(opens).hasValue(3);
    assertThat(status(job).problem()).isEmpty();
  }

  @Test
  void whileItIsNotOpenItSaysWhy() throws Exception {
    Job job = started(OFTEN, () -> Future.failedFuture(new IOException("no network")));

    Awaitility.await().until(() -> status(job).problem().equals("no network"));
    assertThat(status(job).state()).isEqualTo("opening");
  }

  @Test
  void whatKeepsFailingRunsLessOftenUntilOneRunIsGood() throws Exception {
    breaker = 2;
    source.answer = () -> Future.failedFuture("no disk");
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> status(job).slowed());
    Awaitility.await().until(() -> status(job).failuresInRow() >= 6);
    JobStatus slowed = status(job);
    assertThat(slowed.state()).isEqualTo("slowed");
    assertThat(slowed.skipped()).as("ticks that the breaker leaves out").isZero();
    assertThat(slowed.untilNextRun()).isNotNull();

    source.answer = () -> Future.succeededFuture(GOOD);
    Awaitility.await().until(() -> !status(job).slowed());
    assertThat(status(job).failuresInRow()).isZero();
    assertThat(status(job).state()).isNotEqualTo("slowed");
  }

  @Test
  void whatKeepsFailingRaisesItsAlarmAtEachIntervalAllTheSame() throws Exception {
    breaker = 2;
    List<Batch> alarm = List.of(new Batch("exception", "plugin.", List.of(Metric.of("result", 1))));
    source.answer =
        () -> Future.succeededFuture(new Collected(BATCHES, "exit: 1", "", null, alarm));
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> status(job).slowed());
    // of ten intervals nine have no run
    Awaitility.await().until(() -> sent(alarm) >= 20);
    assertThat(sent(BATCHES)).isGreaterThan(1).isLessThan(sent(alarm));

    source.answer = () -> Future.succeededFuture(GOOD);
    Awaitility.await().until(() -> !status(job).slowed());
    long before = sent(alarm);
    int runs = source.begun.get();
    Awaitility.await().until(() -> source.begun.get() > runs + 3);
    assertThat(sent(alarm)).isEqualTo(before);
  }

  private long sent(List<Batch> batches) {
    return delivered.stream().filter(batches::equals).count();
  }

  @Test
  void aGoodRunOnDemandIsEnoughAndABadOneDoesNotCount() throws Exception {
    breaker = 2;
    source.answer = () -> Future.failedFuture("no disk");
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> status(job).slowed());

    List<Integer> inRow = new ArrayList<>();
    // in one turn of the loop: a run of its own may fail before or after
    here(
        () -> {
          inRow.add(job.status().failuresInRow());
          job.ended(new Collected(List.of(), "exit: 1", ""));
          inRow.add(job.status().failuresInRow());
        });
    assertThat(inRow.get(1)).isEqualTo(inRow.get(0));

    List<Boolean> slowed = new ArrayList<>();
    here(
        () -> {
          job.ended(GOOD);
          slowed.add(job.status().slowed());
        });
    assertThat(slowed).containsExactly(false);
  }

  @Test
  void enabledAgainOrUpdatedItHasAnotherChance() throws Exception {
    breaker = 2;
    source.answer = () -> Future.failedFuture("no disk");
    Job job = started(OFTEN, this::opened);
    List<Boolean> slowed = new ArrayList<>();
    for (Runnable chance : List.<Runnable>of(() -> job.enable(true), job::tryAgain)) {
      Awaitility.await().until(() -> status(job).slowed());
      here(
          () -> {
            chance.run();
            slowed.add(job.status().slowed());
          });
    }
    assertThat(slowed).containsExactly(false, false);
  }

  @Test
  void whatHangsIsNotCalledAgain() throws Exception {
    source.answer = () -> Future.failedFuture(Hanging.exception());
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> status(job).state().equals("hanging"));
    JobStatus status = status(job);
    assertThat(status.problem()).startsWith("hangs at ");
    assertThat(status.untilNextRun()).isNull();
    // several intervals
    Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> source.begun.get() == 1);
    await(on(job::stop));
    assertThat(source.closes).hasValue(1);
  }

  @Test
  void whatCanNeverWorkIsRefusedAndNotTriedAgain() throws Exception {
    Job job =
        started(
            OFTEN,
            () -> {
              opens.incrementAndGet();
              return Future.failedFuture(new IllegalArgumentException("port: expected 1…65535"));
            });

    Awaitility.await().until(() -> status(job).state().equals("refused"));
    assertThat(status(job).problem()).isEqualTo("port: expected 1…65535");
    // longer than the first retry
    Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> opens.get() == 1);
  }

  @Test
  void whatIsThrownWhileOpeningIsAFailureToo() throws Exception {
    Job job =
        started(
            OFTEN,
            () -> {
              throw new IllegalArgumentException("git: bad");
            });

    Awaitility.await().until(() -> status(job).state().equals("refused"));
    assertThat(status(job).problem()).isEqualTo("git: bad");
  }
}
