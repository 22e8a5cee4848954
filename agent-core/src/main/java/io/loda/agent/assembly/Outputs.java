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
import io.loda.common.files.FileReason;
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

/** The outputs with their queues, and the spools that renamed or removed outputs left. */
final class Outputs {

  private static final Logger LOG = LoggerFactory.getLogger(Outputs.class);

  /** The longest time that a stop goes on sending. */
  private static final Duration DRAIN = Duration.ofSeconds(5);

  /** The time that a stop keeps for writing queues to disk and closing. */
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

  /** Makes the outputs of the configuration, and adds them to the lifecycle. */
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

  /** Returns the time left for sending, so that the rest of the queue can still be counted. */
  private Duration drainTime() {
    Duration left = lifecycle.timeLeft().minus(CLOSE);
    return left.isNegative() ? Duration.ofMillis(1) : left.compareTo(DRAIN) < 0 ? left : DRAIN;
  }

  /**
   * Makes a worker with one thread for files; Vert.x logs a disk that hangs for a minute. The calls
   * are not "ordered": Vert.x would order them with all calls of the same event loop to any worker,
   * and a worker that hangs would block the others.
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
            .onFailure(e -> LOG.error("{}: task failed", name, e));
  }

  List<Pipeline.Target> targets() {
    return targets;
  }

  List<OutputStatus> status() {
    return Stream.concat(
            status.stream().map(Supplier::get), leftSpools.stream().map(LeftSpool::status))
        .toList();
  }

  /**
   * Finishes a move that was killed, then looks for the spools of outputs that aren't configured.
   * The start doesn't wait until those spools are read.
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
          "spools: look for spools of outputs that aren't configured failed: {}", FileReason.of(e));
    }
  }
}
