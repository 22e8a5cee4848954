package io.loda.agent.registry;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static io.loda.agent.registry.RegistryServer.ITEMS;
import static io.loda.agent.registry.RegistryServer.NAMESPACES;
import static io.loda.agent.registry.RegistryServer.REPORT;
import static io.loda.agent.registry.RegistryServer.good;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.Configs;
import io.loda.common.net.HostLookup;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is no good answer of an HTTP registry, and servers that can't be reached. */
class HttpRegistryFailureTest extends HttpRegistryFixture {

  private static final Duration SHORT = Duration.ofMillis(300);

  @Test
  void aSilentNameServerHoldsUpNothingElse() throws Exception {
    CountDownLatch answered = new CountDownLatch(1);
    HostLookup names =
        new HostLookup(
            vertx,
            host -> {
              try {
                answered.await();
              } catch (InterruptedException e) {
                throw new UnknownHostException(host);
              }
              return new InetAddress[] {InetAddress.getLoopbackAddress()};
            });
    server.on(REPORT, 200, good("null"));
    Registry registry = named(names);
    Context context = vertx.getOrCreateContext();
    Promise<Void> reported = Promise.promise();
    Promise<Void> turned = Promise.promise();
    context.runOnContext(
        unused ->
            registry.report(new Report(HOST, HOST, List.of(), List.of())).onComplete(reported));
    context.runOnContext(unused -> turned.complete());

    await(turned.future());
    assertThat(reported.future().isComplete()).isFalse();
    answered.countDown();
    await(reported.future());
  }

  @Test
  void ofSeveralAddressesTheOneThatAnswersIsKept() throws Exception {
    server.on(REPORT, 200, good("null"));
    Report report = new Report(HOST, HOST, List.of(), List.of());
    InetAddress here = InetAddress.getByAddress("registry.example", new byte[] {127, 0, 0, 1});
    InetAddress nobody = InetAddress.getByAddress("registry.example", new byte[] {127, 0, 0, 3});

    Registry first = named(new HostLookup(vertx, host -> new InetAddress[] {here, nobody}));
    for (int i = 0; i < 3; i++) {
      await(first.report(report));
    }

    Registry second = named(new HostLookup(vertx, host -> new InetAddress[] {nobody, here}));
    assertThat(failure(second.report(report))).hasMessageContaining("127.0.0.3");
    for (int i = 0; i < 3; i++) {
      await(second.report(report));
    }
  }

  /** One whose address is a name. */
  private Registry named(HostLookup names) {
    String url = server.url().replace("127.0.0.1", "registry.example");
    return new HttpRegistry(
        vertx,
        Configs.registry("http", Path.of("/"), url, null, PATIENT, Duration.ZERO, Duration.ZERO),
        names);
  }

  @Test
  void noEventLoopLooksThroughAnAnswer() throws Exception {
    server.on(NAMESPACES, 200, "{");

    assertThat(failure(registry(PATIENT).namespaces(HOST)).getStackTrace())
        .isNotEmpty()
        .noneMatch(element -> element.getClassName().contains("EventExecutor"));
  }

  @Test
  void overlongUtf8IsNoText() throws Exception {
    byte[] answer = good("{\"a\uffff\uffffb\":\"\"}").getBytes(StandardCharsets.UTF_8);
    String latin = new String(answer, StandardCharsets.ISO_8859_1);
    byte[] overlong =
        latin
            .replaceFirst("\u00ef\u00bf\u00bf\u00ef\u00bf\u00bf", "\u00c0\u00af")
            .getBytes(StandardCharsets.ISO_8859_1);
    server.on(NAMESPACES, request -> request.response().end(Buffer.buffer(overlong)));

    assertThat(failure(registry(PATIENT).namespaces(HOST)))
        .hasMessageContaining("expected UTF-8, found other bytes");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      textBlock =
          """
          500 | {"httpstatus":500,"data":null,"msg":"node not found"} | HTTP 500, httpstatus 500: node not found
          200 | {"httpstatus":404,"data":null,"msg":"no such host"}   | HTTP 200, httpstatus 404: no such host
          503 | {"httpstatus":200,"data":{"a":"1"},"msg":"busy"}      | HTTP 503, httpstatus 200: busy
          200 | {"data":{"a":"1"}}                                    | HTTP 200, httpstatus 0: no message
          502 | <html>Bad Gateway</html>                              | HTTP 502, expected JSON, found
          200 | {"httpstatus":200,"data":{"a"                         | HTTP 200, expected JSON, found
          200 | {"httpstatus":200,"data":{"a":"1"}} {}                | HTTP 200, expected JSON, found
          200 | §§                                                    | HTTP 200, expected a JSON object with httpstatus, found
          200 | ["a"]                                                 | HTTP 200, expected a JSON object with httpstatus, found ["a"]
          200 | {"httpstatus":200,"data":{},"msg":""}                 | expected the host's namespaces, found {}
          200 | {"httpstatus":200,"data":null,"msg":""}               | expected the host's namespaces, found null
          200 | {"httpstatus":200,"msg":""}                           | expected the host's namespaces, found nothing
          200 | {"httpstatus":200,"data":["a"],"msg":""}              | expected the host's namespaces, found ["a"]
          """)
  void whatIsNoGoodAnswerIsAFailureThatSaysSo(int status, String body, String message)
      throws Exception {
    server.on(NAMESPACES, status, body);

    assertThat(failure(registry(PATIENT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessageStartingWith(server.url() + NAMESPACES + ": " + message);
  }

  @Test
  void aRefusedReportIsAFailure() throws Exception {
    server.on(REPORT, 200, "{\"httpstatus\":500,\"data\":null,\"msg\":\"down\"}");

    assertThat(failure(registry(PATIENT).report(new Report(HOST, HOST, List.of(), List.of()))))
        .hasMessageEndingWith("HTTP 200, httpstatus 500: down");
  }

  @Test
  void aRefusedConnectionIsAFailure() throws Exception {
    String url = server.url();
    await(server.stop());

    assertThat(failure(registry(vertx, url, PATIENT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessageStartingWith(url + NAMESPACES + ": Connection refused");
  }

  @Test
  void anUnknownHostIsAFailureThatSaysSo() throws Exception {
    assertThat(failure(registry(vertx, "http://registry.invalid:8000", PATIENT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("registry.invalid");
  }

  @Test
  void anAddressThatTheClientRefusesIsAFailure() throws Exception {
    assertThat(failure(registry(vertx, "nothing", PATIENT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class);
  }

  @Test
  void aServerThatNeverAnswersTimesOut() throws Exception {
    server.on(NAMESPACES, request -> {});

    assertThat(failure(registry(SHORT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessage(
            server.url()
                + NAMESPACES
                + ": timeout, no whole answer within 300 ms (registry.http.timeout)");
  }

  @Test
  void aServerThatTricklesTimesOut() throws Exception {
    server.on(
        NAMESPACES,
        request -> {
          HttpServerResponse response = request.response().setChunked(true);
          response.write("{");
          long timer = vertx.setPeriodic(20, unused -> response.write(" "));
          response.closeHandler(unused -> vertx.cancelTimer(timer));
        });

    assertThat(failure(registry(SHORT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("no whole answer within 300 ms");
  }

  @Test
  void aConnectionThatBreaksInTheMiddleIsAFailure() throws Exception {
    server.on(
        NAMESPACES,
        request -> {
          HttpServerResponse response = request.response().putHeader("Content-Length", "100");
          response.write("{\"httpstatus\":200").onComplete(unused -> request.connection().close());
        });

    assertThat(failure(registry(PATIENT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessageStartingWith(server.url());
  }

  @Test
  void aHugeAnswerIsNotRead() throws Exception {
    Buffer chunk = Buffer.buffer(new byte[1024 * 1024]);
    server.on(
        ITEMS,
        request -> {
          HttpServerResponse response = request.response().setChunked(true);
          for (int i = 0; i < 17; i++) {
            response.write(chunk);
          }
          response.end();
        });

    assertThat(failure(registry(PATIENT).items("pool.loda")))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("expected at most 4194304 bytes (registry.max-answer), found more");
  }

  @Test
  void anAnswerOfTooManyItemsIsAFailureThatNamesTheKey() throws Exception {
    String many = "[" + "{},".repeat(30_000) + "{}]";
    server.on(
        ITEMS, request -> request.response().end("{\"httpstatus\":200,\"data\":" + many + "}"));

    assertThat(failure(registry(PATIENT).items("pool.loda")))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("expected at most 10000 items (registry.max-items), found more");
  }
}
