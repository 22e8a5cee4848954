package io.loda.agent.registry;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static io.loda.agent.registry.RegistryServer.ITEMS;
import static io.loda.agent.registry.RegistryServer.NAMESPACES;
import static io.loda.agent.registry.RegistryServer.REPORT;
import static io.loda.agent.registry.RegistryServer.good;
import static io.loda.agent.registry.RegistryServer.sample;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.SecretFile;
import io.loda.agent.config.Version;
import io.loda.agent.net.HostLookup;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpRegistryTest extends RegistryContract {

  private static final Duration PATIENT = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(300);

  private final RegistryServer server = new RegistryServer(vertx);

  @BeforeEach
  void start() throws Exception {
    await(server.start());
  }

  @Override
  Registry registry(Map<String, String> items) {
    JsonObject namespaces = new JsonObject();
    items.keySet().forEach(namespace -> namespaces.put(namespace, "id of " + namespace));
    server
        .on(NAMESPACES, 200, good(namespaces.encode()))
        .on(REPORT, 200, good("null"))
        .on(
            ITEMS,
            request -> {
              String data = items.get(request.getParam("ns"));
              HttpServerResponse response = request.response();
              if (data == null) {
                response.setStatusCode(500).end(sample("agent-resource.unknown-ns.response.json"));
              } else {
                response.end(good(data));
              }
            });
    return registry(PATIENT);
  }

  private Registry registry(Duration timeout) {
    return registry(server.url(), timeout);
  }

  private Registry registry(String url, Duration timeout) {
    return Registries.create(
        vertx,
        new AgentConfig.Registry(
            "http", Path.of("/"), url, null, timeout, Duration.ZERO, Duration.ZERO));
  }

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
        new AgentConfig.Registry(
            "http", Path.of("/"), url, null, PATIENT, Duration.ZERO, Duration.ZERO),
        names);
  }

  @Test
  void showsTheUserOfItsAddressAndNeverSaysIt() throws Exception {
    Registry registry = registry(server.url().replace("http://", "http://admin:P%40W/3@"), PATIENT);
    server.on(REPORT, 500, "{\"httpstatus\":500,\"msg\":\"no\"}");

    assertThat(failure(registry.report(new Report(HOST, HOST, List.of(), List.of()))))
        .hasMessageContaining(server.url())
        .hasMessageNotContaining("admin")
        .hasMessageNotContaining("W/3");
    assertThat(registry.description()).isEqualTo(server.url());
    assertThat(server.calls().get(0).authorization()).isEqualTo("Basic " + base64("admin:P@W/3"));
  }

  @ParameterizedTest
  @CsvSource({
    "basic admin:P W, Basic YWRtaW46UCBX",
    "BASIC admin:PW, Basic YWRtaW46UFc=",
    "bearer t0k.en, Bearer t0k.en"
  })
  void showsWhatTheFileSays(String line, String header, @TempDir Path folder) throws Exception {
    server.on(REPORT, 200, good("null"));
    Path file = secret(folder, line + "\n", "rw-------");

    await(withFile(file).report(new Report(HOST, HOST, List.of(), List.of())));

    assertThat(server.calls().get(0).authorization()).isEqualTo(header);
  }

  @Test
  void aFileThatOthersReadIsNotTakenNorWhatIsNoLogin(@TempDir Path folder) throws Exception {
    Path file = secret(folder, "basic admin:PW", "rw-r--r--");
    Registry registry = withFile(file);
    Report report = new Report(HOST, HOST, List.of(), List.of());

    assertThat(failure(registry.report(report)))
        .hasMessageContaining(file + " has mode 0644")
        .hasMessageContaining("chmod 600 " + file);
    secret(folder, "PW", "rw-------");
    assertThat(failure(registry.report(report)))
        .hasMessageContaining("expected one line, basic USER:PASSWORD or bearer TOKEN")
        .hasMessageNotContaining("PW");
    assertThat(server.calls()).isEmpty();
  }

  private Registry withFile(Path file) {
    return Registries.create(
        vertx,
        new AgentConfig.Registry(
            "http",
            Path.of("/"),
            server.url(),
            new SecretFile(file, Path.of("/opt/agent")),
            PATIENT,
            Duration.ZERO,
            Duration.ZERO));
  }

  private static Path secret(Path folder, String text, String mode) throws IOException {
    Path file = Files.writeString(folder.resolve("login"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
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

  @Test
  void readsTheCapturedAnswers() throws Exception {
    server
        .on(NAMESPACES, 200, sample("agent-ns.response.json"))
        .on(ITEMS, 200, sample("agent-resource.response.json"));
    Registry registry = registry(PATIENT);

    assertThat(await(registry.namespaces(HOST)))
        .containsExactly(
            entry("pool.loda", "5a59cc75-5510-4461-890b-c049a15d581f"),
            entry("web.shop.loda", "0b49fdd4-1800-4875-8d7f-d24429b24cbe"));
    assertThat(new JsonArray(await(registry.items("pool.loda")).toString()))
        .isEqualTo(new JsonObject(sample("agent-resource.response.json")).getJsonArray("data"));
  }

  @Test
  void saysWhoTheHostIs() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));

    await(registry.namespaces(new HostIdentity("web1", List.of("10.0.0.1", "fd00::1"), "SN 1")));

    assertThat(server.calls())
        .containsExactly(
            new RegistryServer.Call(
                "POST",
                NAMESPACES,
                "application/json;charset=utf-8",
                "{\"hostname\":\"web1\",\"ip\":\"10.0.0.1,fd00::1\",\"sn\":\"SN 1\"}"));
  }

  @Test
  void asksForWhatIsCollectedInANamespace() throws Exception {
    await(registry(Map.of("a&b ü", CPU)).items("a&b ü"));

    assertThat(server.calls())
        .containsExactly(
            new RegistryServer.Call("GET", ITEMS + "?ns=a%26b+%C3%BC&type=collect", "", ""));
  }

  @Test
  void reportsEveryFieldOfTheContract() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));
    Instant before = Instant.now();

    await(
        registry.report(
            new Report(
                new HostIdentity("web2", List.of("10.0.0.2", "10.0.0.3"), "SN1"),
                new HostIdentity("web1", List.of("10.0.0.1"), ""),
                List.of("id1", "id2"),
                List.of("pool.loda", "web.loda"))));

    RegistryServer.Call call = server.calls().get(0);
    assertThat(call.method() + " " + call.uri()).isEqualTo("POST " + REPORT);
    JsonObject body = new JsonObject(call.body());
    assertThat(Instant.parse((String) body.remove("utime"))).isBetween(before, Instant.now());
    Version version = Version.current();
    assertThat(body)
        .isEqualTo(
            new JsonObject()
                .put("uuid", new JsonArray(List.of("id1", "id2")))
                .put("sn", "SN1")
                .put("newiplist", new JsonArray(List.of("10.0.0.2", "10.0.0.3")))
                .put("oldiplist", new JsonArray(List.of("10.0.0.1")))
                .put("newhostname", "web2")
                .put("oldhostname", "web1")
                .put("ns", new JsonArray(List.of("pool.loda", "web.loda")))
                .put("version", version.version())
                .put("commit", version.commit())
                .put("branch", version.branch())
                .put("buildtime", version.buildTime())
                .put("goversion", "java" + Runtime.version().feature())
                .put("agenttype", "loda-agent")
                .put("update", true));
  }

  @Test
  void aReportWithoutAChangeIsNoUpdate() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));

    await(registry.report(new Report(HOST, HOST, List.of(), List.of())));

    assertThat(new JsonObject(server.calls().get(0).body()).getBoolean("update")).isFalse();
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

    assertThat(failure(registry(url, PATIENT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessageStartingWith(url + NAMESPACES + ": Connection refused");
  }

  @Test
  void anUnknownHostIsAFailureThatSaysSo() throws Exception {
    assertThat(failure(registry("http://registry.invalid:8000", PATIENT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("registry.invalid");
  }

  @Test
  void anAddressThatTheClientRefusesIsAFailure() throws Exception {
    assertThat(failure(registry("nothing", PATIENT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class);
  }

  @Test
  void aServerThatNeverAnswersTimesOut() throws Exception {
    server.on(NAMESPACES, request -> {});

    assertThat(failure(registry(SHORT).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessage(
            server.url() + NAMESPACES + ": no whole answer within 300 ms (registry.http.timeout)");
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

  @Test
  void manyNamespacesAreAskedForAtOnce() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));

    var all = java.util.stream.IntStream.range(0, 40).mapToObj(i -> registry.items("pool.loda"));

    await(io.vertx.core.Future.all(all.toList()));
    assertThat(server.calls()).hasSize(40);
  }

  @Test
  void saysWhereItAsks() {
    assertThat(registry(PATIENT).description()).isEqualTo(server.url());
  }
}
