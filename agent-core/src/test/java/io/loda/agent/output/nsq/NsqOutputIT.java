package io.loda.agent.output.nsq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.loda.agent.output.Output;
import io.loda.agent.output.RealNsqds;
import io.loda.agent.output.RefusedException;
import io.loda.agent.point.Message;
import io.loda.common.testing.FreePort;
import io.loda.common.testing.NsqConsumer;
import io.loda.common.testing.Nsqd;
import io.loda.common.testing.NsqdExtension;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NsqdExtension.class)
class NsqOutputIT {

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private Output output(String balance, String... servers) {
    Output output =
        RealNsqds.settings(balance, List.of(servers)).create(vertx, "queue", System.err);
    get(output.start());
    return output;
  }

  private static void send(Output output, String body) {
    get(output.send(message(body)));
  }

  private static Message message(String body) {
    return new Message("collect.test", body.getBytes(UTF_8), 1);
  }

  private static void get(Future<Void> future) {
    future.toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void aRealNsqdHasWhatWasSent(Nsqd nsqd) throws Exception {
    try (NsqConsumer consumer = nsqd.consume("collect.test")) {
      Output output = output("round-robin", nsqd.address());
      send(output, "one");
      send(output, "two\nthree");
      await().until(() -> consumer.messages().size() == 2);
      assertThat(consumer.messages()).containsExactlyInAnyOrder("one", "two\nthree");
      get(output.close());
    }
  }

  @Test
  void failsSoonWhileTheServerIsAwayAndWorksOnceItIsThere(Nsqd nsqd) throws Exception {
    try (NsqConsumer consumer = nsqd.consume("collect.test")) {
      Output output = output("failover", nsqd.address());
      send(output, "before");
      await().until(() -> consumer.messages().size() == 1);
      nsqd.kill();
      assertThatThrownBy(() -> send(output, "meanwhile"))
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining(nsqd.address() + ": ");
      nsqd.start();
      try (NsqConsumer again = nsqd.consume("collect.test")) {
        await()
            .ignoreExceptions()
            .until(
                () -> {
                  send(output, "after");
                  return true;
                });
        await().until(() -> again.messages().contains("after"));
      }
      get(output.close());
    }
  }

  @Test
  void takesTheOtherServerWhenOneIsAway(Nsqd nsqd) throws Exception {
    String dead = "127.0.0.1:" + FreePort.find();
    try (NsqConsumer consumer = nsqd.consume("collect.test")) {
      Output output = output("failover", dead, nsqd.address());
      send(output, "one");
      send(output, "two");
      await().until(() -> consumer.messages().size() == 2);
      get(output.close());
    }
  }

  @Test
  void takesTheOtherServerWhenOneIsStopped(Nsqd first, Nsqd second) throws Exception {
    try (NsqConsumer ofFirst = first.consume("collect.test");
        NsqConsumer consumer = second.consume("collect.test")) {
      Output output = output("failover", first.address(), second.address());
      await()
          .until(
              () -> {
                // a machine that is slow to connect gives the second one what the first has no
                // connection for yet
                send(output, "to the first");
                return !ofFirst.messages().isEmpty();
              });
      first.stop();
      Future<Void> connected = output.send(message("while connected to it"));
      await().until(connected::isComplete);
      assertThat(connected.cause()).hasMessageContaining("no answer within 5000 ms");
      Future<Void> anew = output.send(message("the same again"));
      await().until(anew::isComplete);
      assertThat(anew.succeeded()).isTrue();
      await().until(() -> consumer.messages().contains("the same again"));
      first.resume();
      get(output.close());
    }
  }

  @Test
  void aServerThatIsStoppedIsSaidNotToAnswer(Nsqd nsqd) throws Exception {
    Output output = output("failover", nsqd.address());
    send(output, "before");
    nsqd.stop();
    assertThatThrownBy(() -> send(output, "while connected to it"))
        .hasMessageContaining(nsqd.address() + ": no answer within 5000 ms");
    nsqd.resume();
    get(output.close());
  }

  @Test
  void aServerThatIsNoNsqdIsSaidToBeNone() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread closer =
          new Thread(
              () -> {
                try {
                  other.accept().close();
                } catch (IOException e) {
                  // the test is over
                }
              });
      closer.start();
      Output output = output("failover", "127.0.0.1:" + other.getLocalPort());
      assertThatThrownBy(() -> send(output, "x")).hasMessageContaining("127.0.0.1:");
      get(output.close());
      closer.join();
    }
  }

  @Test
  void sharesMessagesAmongServers(Nsqd first, Nsqd second) throws Exception {
    try (NsqConsumer one = first.consume("collect.test");
        NsqConsumer two = second.consume("collect.test")) {
      Output output = output("round-robin", first.address(), second.address());
      for (int i = 0; i < 4; i++) {
        send(output, "m" + i);
      }
      await().until(() -> one.messages().size() == 2 && two.messages().size() == 2);
      get(output.close());
    }
  }

  @Test
  void refusesForGoodWhatNsqdWouldNeverTake() {
    Output output = output("failover", "127.0.0.1:1");
    for (String topic : List.of("", "a b", "x".repeat(65), "a#ephemeral")) {
      assertThatThrownBy(() -> get(output.send(new Message(topic, new byte[1], 1))))
          .hasCauseInstanceOf(RefusedException.class)
          .hasMessageContaining("topic: expected");
    }
    assertThatThrownBy(() -> get(output.send(new Message("t", new byte[(1 << 20) + 1], 1))))
        .hasCauseInstanceOf(RefusedException.class)
        .hasMessageContaining("message: expected 1 to");
    get(output.close());
  }
}
