package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.source.Collected;
import io.loda.agent.source.StreamingSource;
import io.loda.agent.source.script.result.RunResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A job whose source runs for ever. */
class StreamJobTest extends JobFixture {

  private static final Assignment STREAM =
      new Assignment.Script(
          "ns",
          "demo",
          "path:demo",
          "demo",
          List.of(),
          Duration.ofSeconds(60),
          "",
          true,
          OutputFormat.AUTO,
          false);

  private static final Collected FAILED =
      new Collected(BATCHES, "exit: 1", "no such disk", Runs.failed(), List.of());

  private final FakeStream stream = new FakeStream();

  @SuppressWarnings("NullAway.Init")
  private Job job;

  /** Goes on until it is halted. */
  private static final class FakeStream implements StreamingSource {
    private volatile @Nullable StreamListener listener;
    private volatile boolean running;
    private volatile int threads = 1;
    private volatile Future<Void> halted = Future.succeededFuture();

    @Override
    public void start(StreamListener told) {
      if (threads == 0) {
        throw new OutOfMemoryError("unable to create native thread");
      }
      listener = told;
      running = true;
    }

    @Override
    public Future<Void> halt() {
      running = false;
      return halted;
    }

    @Override
    public boolean isRunning() {
      return running;
    }

    StreamListener listener() {
      return Objects.requireNonNull(listener);
    }
  }

  @BeforeEach
  void start() throws Exception {
    breaker = 2;
    job = started(STREAM, () -> Future.succeededFuture(stream));
    Awaitility.await().until(() -> stream.isRunning());
  }

  @Test
  void whatItGivesIsDelivered() throws Exception {
    await(stream.listener().given(BATCHES));

    assertThat(delivered).containsExactly(BATCHES);
    assertThat(status(job).state()).isEqualTo("running");
    assertThat(status(job).untilNextRun()).isNull();
  }

  @Test
  void eachEndIsARunAndAFailureCounts() throws Exception {
    await(stream.listener().ended(FAILED));
    await(stream.listener().ended(FAILED));
    await(stream.listener().ended(FAILED));

    JobStatus status = status(job);
    assertThat(status.runs()).isEqualTo(3);
    assertThat(status.failures()).isEqualTo(3);
    assertThat(status.failuresInRow()).isEqualTo(3);
    assertThat(status.problem()).isEqualTo("exit: 1");
    assertThat(runs).extracting(run -> run.outcome().tag()).containsExactly("exit", "exit", "exit");
    assertThat(delivered).containsExactly(BATCHES, BATCHES, BATCHES);
  }

  @Test
  void aWhileThatItRanWellIsAsGoodAsAGoodRun() throws Exception {
    await(stream.listener().ended(FAILED));
    await(stream.listener().well("c0ffee"));

    assertThat(status(job).problem()).isEmpty();
    assertThat(status(job).failuresInRow()).isZero();
    assertThat(ranWell).containsExactly("c0ffee");
  }

  @Test
  void haltedItIsNeitherGoodNorBad() throws Exception {
    await(stream.listener().ended(FAILED));
    await(stream.listener().ended(new Collected(BATCHES, "", "", Runs.halted(), List.of())));

    assertThat(status(job).problem()).isEqualTo("exit: 1");
    assertThat(status(job).failuresInRow()).isEqualTo(1);
    assertThat(status(job).runs()).isEqualTo(2);
    assertThat(runs).extracting(RunResult::halted).containsExactly(false, true);
    assertThat(delivered).hasSize(2);
  }

  @Test
  void whatFailsAsItsJobEndsRaisesNoAlarm() throws Exception {
    await(on(job::stop));
    assertThat(stream.isRunning()).isFalse();
    await(stream.listener().ended(FAILED));

    assertThat(delivered).isEmpty();
    assertThat(runs).isEmpty();
    assertThat(status(job).failures()).isZero();
  }

  @Test
  void whatFollowsItsEndIsDoneOnTheEventLoop() throws Exception {
    Promise<Void> halted = Promise.promise();
    stream.halted = halted.future();
    Future<Boolean> there = on(() -> job.stop().map(unused -> Context.isOnEventLoopThread()));

    // in its own thread, as a stream does
    halted.complete();

    assertThat(await(there)).isTrue();
  }

  @Test
  void oneThatGetsNoThreadIsTriedAgain() throws Exception {
    FakeStream other = new FakeStream();
    other.threads = 0;
    job = started(STREAM, () -> Future.succeededFuture(other));
    Awaitility.await().until(() -> status(job).problem().equals("unable to create native thread"));
    assertThat(status(job).state()).isEqualTo("opening");

    other.threads = 1;

    Awaitility.await().until(() -> status(job).state().equals("running"));
    assertThat(status(job).problem()).isEmpty();
  }

  @Test
  void itIsHaltedWhileItIsDisabled() throws Exception {
    here(() -> job.enable(false));
    assertThat(stream.isRunning()).isFalse();
    assertThat(status(job).state()).isEqualTo("disabled");

    here(() -> job.enable(true));
    assertThat(stream.isRunning()).isTrue();
  }
}
