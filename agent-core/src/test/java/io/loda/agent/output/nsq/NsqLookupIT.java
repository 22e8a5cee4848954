package io.loda.agent.output.nsq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.output.Load;
import io.loda.agent.output.OnLoop;
import io.loda.agent.output.RealNsqds;
import io.loda.common.net.HostLookup;
import io.loda.common.testing.Nsqd;
import io.loda.common.testing.Nsqlookupd;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Servers that nsqlookupd knows, and names that a name server does. */
class NsqLookupIT extends RealNsqds {

  private static final NsqOutput.Times QUICK =
      new NsqOutput.Times(
          Duration.ofSeconds(1),
          Duration.ofMillis(20),
          Duration.ofMillis(200),
          Duration.ofMillis(50));

  private OnLoop output(List<String> servers, HostLookup names, String... lookupd) {
    return output(QUICK, servers, names, lookupd);
  }

  private OnLoop output(
      NsqOutput.Times times, List<String> servers, HostLookup names, String... lookupd) {
    NsqSettings settings = settings("round-robin", servers, List.of(lookupd), null, null);
    return started(new NsqOutput(vertx, "queue", settings, times, names));
  }

  private static Future<Void> send(OnLoop output) {
    return send(output, "x");
  }

  private static boolean has(Nsqd nsqd) throws Exception {
    return nsqd.stats().contains("\"topic_name\":\"" + Load.TOPIC + "\"");
  }

  @Test
  void findsTheServersThatRegisterAndKeepsThemWhileTheLookupIsAway() throws Exception {
    Nsqlookupd lookupd = closing(Nsqlookupd.start(folder));
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
    await().until(() -> send(output).succeeded());
    // and in between: the connection breaks while the name server fails
    names.known = false;
    nsqd.kill();
    await().atMost(LONG).until(() -> failsWith(output, "unknown host"));
    nsqd.start();
    assertThat(send(output).failed()).isTrue();
    names.known = true;
    await().until(() -> send(output).succeeded());
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
    Future<Void> sent = output.send(message("x"));
    output.turn().get(LONG.toSeconds(), TimeUnit.SECONDS);
    assertThat(sent.isComplete()).isFalse();
    names.gate.countDown();
    await().atMost(LONG).until(() -> send(output).succeeded());
    OnLoop.get(output.close());
  }

  @Test
  void aServerWhoseNameServerIsSilentKeepsNothingFromTheOthers() throws Exception {
    Nsqd nsqd = nsqd();
    Names names = new Names();
    names.known = true;
    names.gate = new CountDownLatch(1);
    OnLoop output = output(List.of("nsqd.example:1", nsqd.address()), new HostLookup(vertx, names));
    await().atMost(LONG).until(() -> send(output).succeeded());
    assertThat(names.gate.getCount()).isEqualTo(1);
    names.gate.countDown();
    OnLoop.get(output.close());
  }

  @Test
  void theLookupIsAskedAtOnceWhenAllKnownServersFail() throws Exception {
    Nsqlookupd lookupd = closing(Nsqlookupd.start(folder));
    Nsqd first = nsqd(lookupd.option());
    await().atMost(LONG).until(() -> lookupd.knows(first));
    NsqOutput.Times seldom =
        new NsqOutput.Times(
            QUICK.heartbeat(), QUICK.firstPause(), Duration.ofMinutes(10), QUICK.firstLookup());
    OnLoop output = output(seldom, List.of(), HostLookup.ofSystem(vertx), lookupd.httpAddress());
    await().atMost(LONG).until(() -> send(output).succeeded());
    first.kill();
    Nsqd second = nsqd(lookupd.option());
    await().atMost(LONG).until(() -> send(output).succeeded() && has(second));
    OnLoop.get(output.close());
  }

  /** A name server's answers. */
  private static final class Names implements HostLookup.Resolver {

    private volatile boolean known;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public InetAddress[] all(String host) throws UnknownHostException {
      try {
        if (host.equals("nsqd.example")) {
          gate.await();
        }
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
