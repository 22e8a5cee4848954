package io.loda.agent.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.point.Message;
import io.loda.common.config.HostPort;
import io.loda.common.testing.Nsqd;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Real servers of a test's own, and outputs that send to them; all of it ends with the test. */
public abstract class RealNsqds {

  public static final Duration LONG = Duration.ofSeconds(90);

  @TempDir public Path folder;
  public final Vertx vertx = Vertx.vertx();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  final void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    OnLoop.get(vertx.close());
  }

  /** Closes it after the test. */
  public final <T extends AutoCloseable> T closing(T each) {
    open.add(each);
    return each;
  }

  public final Nsqd nsqd(String... options) throws Exception {
    return closing(Nsqd.started(options));
  }

  public static AgentConfig.Output config(
      String balance, List<String> servers, AgentConfig.Nsq nsq) {
    return new AgentConfig.Output(
        "queue",
        "nsq",
        "influx",
        servers.stream().map(HostPort::parse).toList(),
        balance,
        "collect.",
        nsq);
  }

  public final OnLoop started(Output output) {
    OnLoop started = new OnLoop(vertx, output);
    OnLoop.get(started.start());
    return started;
  }

  public static Message message(String body) {
    return new Message(Load.TOPIC, body.getBytes(UTF_8), 1);
  }

  /** Sends a message; it is taken or has failed. */
  public static Future<Void> send(OnLoop output, String body) {
    Future<Void> sent = output.send(message(body));
    await().atMost(LONG).until(sent::isComplete);
    return sent;
  }
}
