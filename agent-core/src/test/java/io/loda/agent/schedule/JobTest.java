package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Scripts;
import io.loda.agent.source.Collected;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.script.result.RunResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class JobTest extends JobFixture {

  private static final Duration TEN = Duration.ofSeconds(10);

  @Test
  void runsAtEachTickAndDelivers() throws Exception {
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> delivered.size() >= 3);
    assertThat(delivered).allMatch(BATCHES::equals);
    JobStatus status = status(job);
    assertThat(status.state()).isEqualTo("waiting");
    assertThat(status.problem()).isEmpty();
    assertThat(status.runs()).isGreaterThanOrEqualTo(3);
    assertThat(status.failures()).isZero();
  }

  @Test
  void neverRunsTwiceAtOnceAndCountsWhatItSkips() throws Exception {
    Promise<Collected> slow = Promise.promise();
    source.answer = slow::future;
    Job job = started(OFTEN, this::opened);

    Awaitility.await().until(() -> status(job).skipped() >= 3);
    assertThat(source.begun).hasValue(1);
    assertThat(status(job).state()).isEqualTo("running");
    assertThat(source.skips).hasValueGreaterThanOrEqualTo(3);

    source.answer = () -> Future.succeededFuture(GOOD);
    here(() -> slow.complete(GOOD));
    Awaitility.await().until(() -> delivered.size() >= 2);
  }

  @Test
  void eachRunOfAScriptIsTold() throws Exception {
    RunResult run = Runs.ok("");
    source.answer = () -> Future.succeededFuture(new Collected(BATCHES, "", "", run, List.of()));
    started(OFTEN, this::opened);

    Awaitility.await().until(() -> runs.size() >= 2);
    assertThat(runs).allMatch(run::equals);
  }

  @Test
  void disabledItWaitsUntilItIsEnabled() throws Exception {
    Job job = job(OFTEN, false, this::opened, this::deliver);
    here(job::start);
    Awaitility.await().until(() -> status(job).state().equals("disabled"));
    assertThat(source.begun).hasValue(0);

    here(() -> job.enable(true));
    Awaitility.await().until(() -> !delivered.isEmpty());
  }

  @Test
  void onDemandOnlyItRunsWhenAsked() throws Exception {
    Job job =
        started(
            Scripts.script("ns", "demo", "path:demo", "demo", List.of(), Duration.ZERO),
            this::opened);
    Awaitility.await().until(() -> status(job).state().equals("waiting"));

    Promise<String> result = Promise.promise();
    Future<String> first = on(() -> job.run(unused -> result.future(), TEN));
    assertThat(failure(on(() -> job.run(unused -> Future.succeededFuture("second"), TEN))))
        .hasMessage("ns|demo can't run now");
    here(() -> result.complete("done"));

    assertThat(await(first)).isEqualTo("done");
    assertThat(source.begun).hasValue(0);
    assertThat(status(job).runs()).isEqualTo(1);
  }

  @Test
  void stoppedItClosesItsSourceAfterTheLastRun() throws Exception {
    Promise<Collected> last = Promise.promise();
    source.answer = last::future;
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> source.begun.get() == 1);

    Future<Void> stopped = on(job::stop);
    assertThat(source.cancels).hasValue(1);
    assertThat(source.closes).hasValue(0);
    here(() -> last.complete(GOOD));

    await(stopped);
    assertThat(source.closes).hasValue(1);
    assertThat(delivered).hasSize(1);
    assertThat(source.begun).hasValue(1);
  }

  @Test
  void aRunThatWasEndedWithItsJobIsNoFailure() throws Exception {
    Promise<Collected> last = Promise.promise();
    source.answer = last::future;
    Job job = started(OFTEN, this::opened);
    Awaitility.await().until(() -> source.begun.get() == 1);

    Future<Void> stopped = on(job::stop);
    here(() -> last.complete(new Collected(BATCHES, "timeout: ended", "")));

    await(stopped);
    assertThat(delivered).isEmpty();
    assertThat(status(job).failures()).isZero();
  }

  @Test
  void stoppedWhileItOpensItClosesWhatComes() throws Exception {
    Promise<MetricSource> opening = Promise.promise();
    Job job = started(OFTEN, opening::future);
    await(on(job::stop));

    here(() -> opening.complete(source));

    Awaitility.await().until(() -> source.closes.get() == 1);
    assertThat(source.begun).hasValue(0);
  }

  @Test
  void aRunEndsWhenWhatItGaveIsSafe() throws Exception {
    Promise<Void> stored = Promise.promise();
    Job job =
        started(
            OFTEN,
            this::opened,
            batches -> {
              delivered.add(batches);
              return stored.future();
            });
    Awaitility.await().until(() -> status(job).skipped() >= 2);
    assertThat(status(job).state()).isEqualTo("running");
    assertThat(status(job).runs()).isZero();
    assertThat(delivered).hasSize(1);
    here(stored::complete);
    Awaitility.await().until(() -> status(job).runs() >= 2);
  }
}
