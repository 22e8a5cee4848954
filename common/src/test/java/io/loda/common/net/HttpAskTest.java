package io.loda.common.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Addresses carry their name here, as those of the system's resolver do. */
class HttpAskTest {

  private static final String NAME = "server.example";
  private static final Duration SHORT = Duration.ofMillis(500);

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger connections = new AtomicInteger();

  @AfterEach
  void close() {
    await(vertx.close());
  }

  @Test
  void connectsToTheAddressThatWasFoundAndAsksForTheName() throws IOException {
    int port = server("127.0.0.1");
    HttpAsk http = ask(Duration.ofSeconds(30), address(1));

    HttpAsk.Answer answer = await(http.ask(options(port), null));

    assertThat(answer.text()).isEqualTo(NAME + ":" + port);
  }

  @Test
  void aHungAddressIsFollowedByTheNextAndKeepsNoConnection() throws IOException {
    int port = server("127.0.0.2");
    // accepts by its backlog, and never answers
    try (ServerSocket hung = new ServerSocket(port, 50, address(1))) {
      HttpAsk http = ask(SHORT, address(1), address(2));
      assertThat(hung.isBound()).isTrue();

      assertThatThrownBy(() -> await(http.ask(options(port), null)))
          .hasCauseInstanceOf(TimeoutException.class);
      assertThat(await(http.ask(options(port), null)).status()).isEqualTo(200);
    }
  }

  @Test
  void aServerThatHungMoreThanItsConnectionsIsAskedAgain() {
    AtomicBoolean hangs = new AtomicBoolean(true);
    int port =
        await(
                vertx
                    .createHttpServer()
                    .requestHandler(
                        request -> {
                          connections.incrementAndGet();
                          if (!hangs.get()) {
                            request.response().end("well");
                          }
                        })
                    .listen(0, "127.0.0.1"))
            .actualPort();
    HttpAsk http = new HttpAsk(vertx, HostLookup.ofSystem(vertx), SHORT, 100, 2);
    RequestOptions options = options(port).setHost("127.0.0.1");
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> await(http.ask(options, null)))
          .hasCauseInstanceOf(TimeoutException.class);
    }
    assertThat(connections).hasValue(3);
    hangs.set(false);

    assertThat(await(http.ask(options, null)).text()).isEqualTo("well");
  }

  @Test
  void failsAtOnceWhenItIsClosed() throws IOException {
    HttpAsk http = ask(Duration.ofDays(1), address(1));
    await(http.close());

    assertThatThrownBy(() -> await(http.ask(options(1), null)))
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  private int server(String address) {
    return await(
            vertx
                .createHttpServer()
                .requestHandler(
                    request -> request.response().end(String.valueOf(request.getHeader("Host"))))
                .listen(0, address))
        .actualPort();
  }

  private HttpAsk ask(Duration time, InetAddress... found) {
    return new HttpAsk(vertx, new HostLookup(vertx, host -> found), time, 100, 2);
  }

  private static RequestOptions options(int port) {
    return new RequestOptions().setHost(NAME).setPort(port).setURI("/");
  }

  private static InetAddress address(int last) throws IOException {
    return InetAddress.getByAddress(NAME, new byte[] {127, 0, 0, (byte) last});
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }
}
