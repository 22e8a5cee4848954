package io.loda.agent.output;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.HostPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Publishes to nsqd by nsq-j, on a worker of its own.
 *
 * <p>nsq-j blocks in a lock while a server is away, and a message over 8 KB waits 44 ms for the
 * other side's delayed acknowledgement; so messages stay below that, and each server has a
 * publisher of its own: the next server is tried at once when one fails.
 */
final class NsqOutput implements Output {

  /** Below nsq-j's 8 KiB buffer with the command before it. */
  private static final long MAX_MESSAGE_BYTES = 7 * 1024;

  /** What nsqd takes unless it is told otherwise ({@code --max-msg-size}). */
  private static final long NSQD_MAX_MESSAGE_BYTES = 1024 * 1024;

  private static final Pattern TOPIC = Pattern.compile("[.a-zA-Z0-9_-]{1,64}");

  private final WorkerExecutor worker;
  private final List<HostPort> servers;
  private final boolean roundRobin;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(NsqOutput::clockThread);
  private final List<NsqServer> publishers = new ArrayList<>();
  private int next;

  NsqOutput(Vertx vertx, AgentConfig.Output config) {
    this.worker = Workers.create(vertx, "output-nsq-" + config.name());
    this.servers = config.servers();
    this.roundRobin = config.balance().equals("round-robin");
  }

  @Override
  public Future<Void> start() {
    servers.forEach(server -> publishers.add(new NsqServer(server, clock)));
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> send(Message message) {
    if (!TOPIC.matcher(message.topic()).matches()) {
      return Future.failedFuture(
          new RefusedException(
              "topic: expected 1 to 64 of [.a-zA-Z0-9_-], found \"" + message.topic() + '"'));
    }
    if (message.body().length > NSQD_MAX_MESSAGE_BYTES) {
      return Future.failedFuture(
          new RefusedException(
              "message: expected at most "
                  + NSQD_MAX_MESSAGE_BYTES
                  + " bytes, found "
                  + message.body().length));
    }
    return worker.executeBlocking(
        () -> {
          publish(message);
          return null;
        });
  }

  private void publish(Message message) throws IOException {
    List<String> failures = new ArrayList<>();
    int first = roundRobin ? Math.floorMod(next++, publishers.size()) : 0;
    for (int i = 0; i < publishers.size(); i++) {
      NsqServer server = publishers.get((first + i) % publishers.size());
      if (server.isDue()) {
        try {
          server.publish(message);
          return;
        } catch (IOException ignored) {
          // said below, with those that weren't asked
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
    // nsq-j's stop waits for the lock that a hanging publish holds
    return worker
        .executeBlocking(
            () -> {
              publishers.forEach(NsqServer::close);
              return null;
            })
        .timeout(1, TimeUnit.SECONDS)
        .eventually(worker::close)
        .onComplete(unused -> clock.shutdownNow())
        .mapEmpty();
  }

  private static Thread clockThread(Runnable runnable) {
    Thread thread = new Thread(runnable, "output-nsq-clock");
    thread.setDaemon(true);
    return thread;
  }
}
