package io.loda.agent.assembly;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.Publisher;
import io.loda.agent.delivery.RefusedMessages;
import io.loda.agent.delivery.spool.LeftSpool;
import io.loda.agent.delivery.spool.SpoolMove;
import io.loda.agent.output.Output;
import io.loda.agent.output.OutputStatus;
import io.loda.agent.pipeline.Pipeline;
import io.loda.common.lifecycle.Lifecycle;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The outputs with what waits for them, and the spools that outputs of old names left. */
final class Outputs {

  private static final Logger LOG = LoggerFactory.getLogger(Outputs.class);

  /** A stop goes on sending for as long, if it has the time. */
  private static final Duration DRAIN = Duration.ofSeconds(5);

  /** What a stop does once it doesn't send any more: write to disk, close. */
  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final AgentConfig config;
  private final Path data;
  private final Counters counters;
  private final Discards discards;
  private final Lifecycle lifecycle;
  private final RefusedMessages refused;
  private final List<WorkerExecutor> workers = new ArrayList<>();
  private final List<Pipeline.Target> targets = new ArrayList<>();
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Supplier<OutputStatus>> status = new ArrayList<>();
  private volatile List<LeftSpool> leftSpools = List.of();

  /** Those of the configuration, as parts of the lifecycle. */
  Outputs(
      Vertx vertx,
      AgentConfig config,
      MemoryPlan memory,
      OutputStream stdout,
      Counters counters,
      Discards discards,
      Lifecycle lifecycle) {
    this.vertx = vertx;
    this.config = config;
    this.data = config.host().dataDir();
    this.counters = counters;
    this.discards = discards;
    this.lifecycle = lifecycle;
    this.refused =
        new RefusedMessages(data.resolve("refused"), worker("refused"), Clock.systemUTC());
    Executor looker = worker("spools of other outputs");
    for (AgentConfig.OutputConfig output : config.outputs().values()) {
      DeliveryBuffer buffer = add(output, stdout);
      Objects.requireNonNull(memory.delivery().get(output.name())).isToldBy(buffer::waitingBytes);
    }
    lifecycle.closing(
        "workers of the outputs",
        () -> Future.join(workers.stream().map(WorkerExecutor::close).toList()));
    lifecycle.add(
        "spools of other outputs", () -> lookForLeftSpools(looker), Future::succeededFuture);
    lifecycle.verticles("outputs", DRAIN.plus(CLOSE), publishers);
  }

  private DeliveryBuffer add(AgentConfig.OutputConfig output, OutputStream stdout) {
    AgentConfig.Delivery delivery = config.delivery();
    Output target = output.settings().create(vertx, output.name(), stdout);
    Executor worker = worker("spool-" + output.name());
    DeliveryBuffer buffer =
        DeliveryBuffer.of(
            output.name(),
            delivery,
            target::maxMessageBytes,
            data,
            worker,
            discards,
            Clock.systemUTC(),
            System::nanoTime,
            output.required());
    Publisher publisher =
        new Publisher(
            output.name(),
            buffer,
            target,
            output.format(),
            delivery.replayBytesPerSecond(),
            refused,
            this::drainTime,
            counters,
            discards);
    publishers.add(publisher);
    status.add(() -> publisher.status(output.type()));
    targets.add(new Pipeline.Target(output, buffer));
    return buffer;
  }

  /** What is left after a flush that took long, so that what isn't sent is still counted. */
  private Duration drainTime() {
    Duration left = lifecycle.timeLeft().minus(CLOSE);
    return left.isNegative() ? Duration.ofMillis(1) : left.compareTo(DRAIN) < 0 ? left : DRAIN;
  }

  /**
   * One thread for files; a disk that hangs is said once a minute. Not ordered: Vert.x would order
   * it with all that its caller's event loop gave to whatever worker, and one that hangs would hold
   * up the others.
   */
  private Executor worker(String name) {
    WorkerExecutor worker = vertx.createSharedWorkerExecutor(name, 1, 1, TimeUnit.MINUTES);
    workers.add(worker);
    return task ->
        worker
            .executeBlocking(
                () -> {
                  task.run();
                  return null;
                },
                false)
            .onFailure(e -> LOG.error("{}: its work failed", name, e));
  }

  /** What the pipeline writes to. */
  List<Pipeline.Target> targets() {
    return targets;
  }

  List<OutputStatus> status() {
    return Stream.concat(
            status.stream().map(Supplier::get), leftSpools.stream().map(LeftSpool::status))
        .toList();
  }

  /**
   * Of outputs that were renamed; also goes on with a move that was killed. Nobody waits until what
   * they hold is read.
   */
  private Future<?> lookForLeftSpools(Executor looker) {
    return vertx
        .executeBlocking(
            () -> {
              new SpoolMove(data).finish();
              return null;
            },
            false)
        .onSuccess(unused -> looker.execute(this::findLeftSpools));
  }

  private void findLeftSpools() {
    try {
      leftSpools = LeftSpool.find(data, config.outputs().keySet(), discards);
      leftSpools.forEach(spool -> LOG.warn("{}", spool));
    } catch (IOException e) {
      LOG.warn(
          "spools: look for what waits for outputs that aren't there any more failed: {}",
          e.toString());
    }
  }
}
