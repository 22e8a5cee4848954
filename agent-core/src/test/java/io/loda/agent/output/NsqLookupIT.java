package io.loda.agent.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.HostPort;
import io.loda.agent.testing.Nsqd;
import io.loda.agent.testing.Nsqlookupd;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that nsqlookupd knows, and names that a name server does. */
class NsqLookupIT {

  private static final Duration LONG = Duration.ofSeconds(60);

  private static final NsqOutput.Times QUICK =
      new NsqOutput.Times(
          Duration.ofSeconds(1),
          Duration.ofMillis(20),
          Duration.ofMillis(200),
          Duration.ofMillis(50));

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    OnLoop.get(vertx.close());
  }

  private Nsqd nsqd(String... options) throws Exception {
    Nsqd nsqd = Nsqd.start(folder, options);
    open.add(nsqd);
    return nsqd;
  }

  private OnLoop output(List<String> servers, HostLookup names, String... lookupd) {
    AgentConfig.Nsq nsq =
        new AgentConfig.Nsq(
            "own", Arrays.stream(lookupd).map(HostPort::parse).toList(), false, null, null);
    AgentConfig.Output config =
        new AgentConfig.Output(
            "queue",
            "nsq",
            "influx",
            servers.stream().map(HostPort::parse).toList(),
            "round-robin",
            "collect.",
            nsq);
    OnLoop output = new OnLoop(vertx, new NsqOutput(vertx, config, QUICK, names));
    OnLoop.get(output.start());
    return output;
  }

  private static Message message() {
    return new Message("collect.test", "x".getBytes(UTF_8), 1);
  }

  private static Future<Void> send(OnLoop output) {
    Future<Void> sent = output.send(message());
    await().atMost(LONG).until(sent::isComplete);
    return sent;
  }

  private static boolean has(Nsqd nsqd) throws Exception {
    return nsqd.stats().contains("\"topic_name\":\"collect.test\"");
  }

  @Test
  void findsTheServersThatRegisterAndKeepsThemWhileTheLookupIsAway() throws Exception {
    Nsqlookupd lookupd = Nsqlookupd.start(folder);
    open.add(lookupd);
    OnLoop output =
        output(List.of(), HostLookup.ofSystem(vertx), "127.0.0.1:1", lookupd.httpAddress());
    assertThat(send(output).cause())
        .hasMessageContaining("no nsqd takes it: ")
        .hasMessageContaining("nsqlookupd " + lookupd.httpAddress() + ": it knows no nsqd");
    Nsqd first = nsqd(lookupd.option());
    await().atMost(LONG).until(() -> send(output).succeeded() && has(first));
    Nsqd second = nsqd(lookupd.option());
    await().atMost(LONG).until(() -> send(output).succeeded() && has(second));
    lookupd.kill();
    first.kill();
    await().atMost(LONG).until(() -> send(output).succeeded());
    first.start();
    second.kill();
    await().atMost(LONG).until(() -> send(output).succeeded());
    OnLoop.get(output.close());
  }

  @Test
  void whatIsNoLookupIsSaidToBeNone() throws Exception {
    Nsqd nsqd = nsqd();
    OnLoop output =
        output(List.of(nsqd.address()), HostLookup.ofSystem(vertx), "127.0.0.1:" + nsqd.httpPort());
    // the servers that are configured work all the same
    await().atMost(LONG).until(() -> send(output).succeeded());
    OnLoop.get(output.close());
  }

  @Test
  void aNameThatIsNotKnownAtStartIsAskedForAgain() throws Exception {
    Nsqd nsqd = nsqd();
    Names names = new Names();
    OnLoop output = output(List.of("nsqd.example:" + nsqd.port()), new HostLookup(vertx, names));
    assertThat(send(output).cause())
        .hasMessageContaining("nsqd.example:" + nsqd.port() + ": unknown host");
    names.known = true;
    await().atMost(Duration.ofSeconds(15)).until(() -> send(output).succeeded());
    // and in between: the connection breaks while the name server fails
    names.known = false;
    nsqd.kill();
    await().atMost(LONG).until(() -> failsWith(output, "unknown host"));
    nsqd.start();
    assertThat(send(output).failed()).isTrue();
    names.known = true;
    await().atMost(Duration.ofSeconds(15)).until(() -> send(output).succeeded());
    OnLoop.get(output.close());
  }

  private static boolean failsWith(OnLoop output, String words) {
    Throwable cause = send(output).cause();
    return cause != null && String.valueOf(cause.getMessage()).contains(words);
  }

  @Test
  void aNameServerThatIsSilentHoldsUpNoEventLoop() throws Exception {
    Nsqd nsqd = nsqd();
    Names names = new Names();
    names.known = true;
    names.gate = new CountDownLatch(1);
    OnLoop output = output(List.of("nsqd.example:" + nsqd.port()), new HostLookup(vertx, names));
    Future<Void> sent = output.send(message());
    output.turn().get(LONG.toSeconds(), TimeUnit.SECONDS);
    assertThat(sent.isComplete()).isFalse();
    names.gate.countDown();
    await().atMost(LONG).until(() -> send(output).succeeded());
    OnLoop.get(output.close());
  }

  /** A name server's answers. */
  private static final class Names implements HostLookup.Resolver {

    private volatile boolean known;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public InetAddress[] all(String host) throws UnknownHostException {
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (!known) {
        throw new UnknownHostException(host);
      }
      return new InetAddress[] {InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1})};
    }
  }
}
