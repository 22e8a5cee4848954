package io.loda.agent.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.loda.agent.output.nsq.NsqSettings;
import io.loda.agent.point.Message;
import io.loda.common.config.HostPort;
import io.loda.common.config.SecretFile;
import io.loda.common.testing.Nsqd;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

  /** With the defaults of all else. */
  public static NsqSettings settings(String balance, List<String> servers) {
    return settings(balance, servers, List.of(), null, null);
  }

  /** With the defaults of all else. */
  public static NsqSettings settings(
      String balance,
      List<String> servers,
      List<String> lookupd,
      NsqSettings.@Nullable Tls tls,
      @Nullable SecretFile secret) {
    return new NsqSettings(
        "own",
        servers.stream().map(HostPort::parse).toList(),
        lookupd.stream().map(HostPort::parse).toList(),
        "collect.",
        balance,
        false,
        tls,
        secret);
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
