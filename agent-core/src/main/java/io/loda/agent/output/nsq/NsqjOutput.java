package io.loda.agent.output.nsq;

import io.loda.agent.output.Output;
import io.loda.agent.output.OutputWorker;
import io.loda.agent.output.RefusedException;
import io.loda.agent.point.Message;
import io.loda.common.config.HostPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Publishes to nsqd by nsq-j, on a worker of its own.
 *
 * <p>nsq-j holds a lock while a server is down, so each server has its own publisher, and the next
 * server is tried at once. A message over 8 KB waits 44 ms for TCP's delayed acknowledgement, so
 * messages stay below that.
 */
final class NsqjOutput implements Output {

  /** Below nsq-j's 8 KiB buffer with the command before it. */
  private static final long MAX_MESSAGE_BYTES = 7 * 1024;

  /** How long a close lets a publish wait for its answer. */
  private static final long PATIENCE_MILLIS = 500;

  private final String name;
  private final OutputWorker worker;
  private final List<HostPort> servers;
  private final boolean roundRobin;
  private final boolean allowEphemeral;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(NsqjOutput::clockThread);
  private final List<NsqjServer> publishers = new ArrayList<>();
  private int next;
  private volatile boolean closed;

  NsqjOutput(Vertx vertx, String name, NsqSettings settings) {
    this.name = name;
    this.worker = new OutputWorker(vertx, "output-nsq-" + name);
    this.servers = settings.servers();
    this.roundRobin = settings.roundRobin();
    this.allowEphemeral = settings.allowEphemeral();
  }

  @Override
  public Future<Void> start() {
    servers.forEach(server -> publishers.add(new NsqjServer(name, server, clock)));
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> send(Message message) {
    try {
      Topics.check(message.topic(), allowEphemeral);
      NsqOutput.checkSize(message);
    } catch (RefusedException e) {
      return Future.failedFuture(e);
    }
    if (closed) {
      return Future.failedFuture(new IOException("the output is closed"));
    }
    return worker.run(
        () -> {
          publish(message);
          return null;
        });
  }

  private void publish(Message message) throws IOException {
    List<String> failures = new ArrayList<>();
    int first = roundRobin ? Math.floorMod(next++, publishers.size()) : 0;
    for (int i = 0; i < publishers.size(); i++) {
      NsqjServer server = publishers.get((first + i) % publishers.size());
      if (!closed && server.isDue()) {
        try {
          server.publish(message);
          return;
        } catch (IOException ignored) {
          // the failure is reported below, with the servers that weren't tried
        }
      }
      failures.add(server.failure());
    }
    throw new IOException("no nsqd takes it: " + String.join("; ", failures));
  }

  @Override
  public long maxMessageBytes() {
    return MAX_MESSAGE_BYTES;
  }

  @Override
  public Future<Void> close() {
    if (closed) {
      return Future.succeededFuture();
    }
    closed = true;
    // nsq-j's stop waits for the lock that a hanging publish holds
    ScheduledFuture<?> unused =
        clock.schedule(
            () -> publishers.forEach(NsqjServer::interrupt),
            PATIENCE_MILLIS,
            TimeUnit.MILLISECONDS);
    return worker
        .run(
            () -> {
              publishers.forEach(NsqjServer::close);
              return null;
            })
        .eventually(worker::close)
        .onComplete(closedNow -> clock.shutdownNow())
        .timeout(1, TimeUnit.SECONDS)
        .otherwiseEmpty();
  }

  private static Thread clockThread(Runnable runnable) {
    Thread thread = new Thread(runnable, "output-nsq-clock");
    thread.setDaemon(true);
    return thread;
  }
}
