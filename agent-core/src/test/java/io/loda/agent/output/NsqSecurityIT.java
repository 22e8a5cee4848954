package io.loda.agent.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.loda.agent.output.nsq.NsqSettings;
import io.loda.common.config.SecretFile;
import io.loda.common.files.OwnFiles;
import io.loda.common.testing.Nsqd;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** TLS and secrets, at a real nsqd. */
class NsqSecurityIT extends RealNsqds {

  private static final String BODY = "x".repeat(3000);

  /** A key and its own certificate: {@code name.key}, {@code name.crt}. */
  private void certificate(String name, String subjectAltName) throws Exception {
    Process openssl =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + name,
                "-addext",
                "subjectAltName=" + subjectAltName,
                "-keyout",
                file(name + ".key"),
                "-out",
                file(name + ".crt"))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("openssl.log").toFile())
            .start();
    assertThat(openssl.waitFor()).isZero();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private OnLoop output(Nsqd nsqd, NsqSettings.@Nullable Tls tls, @Nullable Path secret) {
    List<String> servers = List.of(nsqd.address());
    return started(
        settings("failover", servers, List.of(), tls, secretFile(secret))
            .create(vertx, "queue", System.err));
  }

  private static void write(Path secret, String text) throws IOException {
    OwnFiles.write(secret, text.getBytes(UTF_8));
  }

  private @Nullable SecretFile secretFile(@Nullable Path secret) {
    return secret == null ? null : new SecretFile(secret, Path.of("/opt/agent"));
  }

  private static Throwable failure(OnLoop output) {
    Future<Void> sent = send(output, BODY);
    assertThat(sent.failed()).isTrue();
    assertThat(sent.cause()).isNotInstanceOf(RefusedException.class);
    return sent.cause();
  }

  private Nsqd tlsOnly() throws Exception {
    certificate("nsqd", "IP:127.0.0.1");
    return nsqd(
        "-tls-cert=" + file("nsqd.crt"), "-tls-key=" + file("nsqd.key"), "-tls-required=tcp-https");
  }

  @Test
  void messagesGoByTls() throws Exception {
    Nsqd nsqd = tlsOnly();
    OnLoop output = output(nsqd, new NsqSettings.Tls(folder.resolve("nsqd.crt"), null, null), null);
    OnLoop.get(output.send(message(BODY)));
    OnLoop.get(output.send(message(BODY)));
    assertThat(nsqd.stats()).contains("\"tls\":true").contains("\"message_count\":2");
    OnLoop.get(output.close());
  }

  @Test
  void aCertificateThatNobodyVouchesForIsRefused() throws Exception {
    Nsqd nsqd = tlsOnly();
    certificate("other", "IP:127.0.0.1");
    OnLoop output =
        output(nsqd, new NsqSettings.Tls(folder.resolve("other.crt"), null, null), null);
    assertThat(failure(output))
        .hasMessageContaining("TLS: ")
        .hasMessageContaining("certification path")
        .hasMessageContaining("outputs.queue.tls");
    OnLoop.get(output.close());
  }

  @Test
  void aCertificateForAnotherHostIsRefused() throws Exception {
    certificate("nsqd", "DNS:nsqd.example");
    Nsqd nsqd = nsqd("-tls-cert=" + file("nsqd.crt"), "-tls-key=" + file("nsqd.key"));
    OnLoop output = output(nsqd, new NsqSettings.Tls(folder.resolve("nsqd.crt"), null, null), null);
    assertThat(failure(output)).hasMessageContaining("TLS: ").hasMessageContaining("127.0.0.1");
    OnLoop.get(output.close());
  }

  @Test
  void aCaFileThatIsMissingIsNamed() throws Exception {
    Nsqd nsqd = tlsOnly();
    OnLoop output = output(nsqd, new NsqSettings.Tls(folder.resolve("none.crt"), null, null), null);
    assertThat(failure(output)).hasMessageContaining("none.crt");
    OnLoop.get(output.close());
  }

  @Test
  void aServerWithoutTlsIsNotTakenForOneWithIt() throws Exception {
    Nsqd nsqd = nsqd();
    OnLoop output = output(nsqd, new NsqSettings.Tls(null, null, null), null);
    assertThat(failure(output)).hasMessageContaining("it offers no TLS");
    OnLoop.get(output.close());
  }

  @Test
  void aServerThatWantsTlsRefusesNoMessageForGood() throws Exception {
    OnLoop output = output(tlsOnly(), null, null);
    assertThat(failure(output)).hasMessageContaining("TLS required");
    OnLoop.get(output.close());
  }

  @Test
  void aClientCertificateIsShownWhereItIsWanted() throws Exception {
    certificate("nsqd", "IP:127.0.0.1");
    certificate("client", "DNS:client");
    Nsqd nsqd =
        nsqd(
            "-tls-cert=" + file("nsqd.crt"),
            "-tls-key=" + file("nsqd.key"),
            "-tls-required=tcp-https",
            "-tls-client-auth-policy=require-verify",
            "-tls-root-ca-file=" + file("client.crt"));
    OnLoop without =
        output(nsqd, new NsqSettings.Tls(folder.resolve("nsqd.crt"), null, null), null);
    assertThat(failure(without)).isNotNull();
    OnLoop.get(without.close());
    OnLoop output =
        output(
            nsqd,
            new NsqSettings.Tls(
                folder.resolve("nsqd.crt"),
                folder.resolve("client.crt"),
                folder.resolve("client.key")),
            null);
    OnLoop.get(output.send(message(BODY)));
    OnLoop.get(output.close());
  }

  /** Knows the secret {@code good+secret} only. */
  private String authServer() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
    server.createContext(
        "/auth",
        exchange -> {
          boolean known = exchange.getRequestURI().getQuery().contains("secret=good+secret");
          byte[] answer =
              (known
                      ? "{\"ttl\":60,\"identity\":\"agent\",\"authorizations\":[{\"topic\":\".*\","
                          + "\"channels\":[\".*\"],\"permissions\":[\"publish\"]}]}"
                      : "{\"ttl\":60,\"authorizations\":[]}")
                  .getBytes(UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json; charset=utf-8");
          exchange.getResponseHeaders().add("X-NSQ-Content-Type", "nsq; version=1.0");
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    closing(() -> server.stop(0));
    return "-auth-http-address=127.0.0.1:" + server.getAddress().getPort();
  }

  @Test
  void aSecretOpensAServerThatAsksForOne() throws Exception {
    Nsqd nsqd = nsqd(authServer());
    Path secret = folder.resolve("secret");
    write(secret, "good+secret\n");
    OnLoop output = output(nsqd, null, secret);
    OnLoop.get(output.send(message(BODY)));
    OnLoop.get(output.close());
  }

  @Test
  void aWrongSecretIsSaidButNotShown() throws Exception {
    Nsqd nsqd = nsqd(authServer());
    Path secret = folder.resolve("secret");
    write(secret, "wrong-secret");
    OnLoop output = output(nsqd, null, secret);
    assertThat(failure(output)).hasMessageContaining("E_").hasMessageNotContaining("wrong-secret");
    // another one is read at the next try
    write(secret, "good+secret");
    await().until(() -> send(output, BODY).succeeded());
    OnLoop.get(output.close());
  }

  @Test
  void aMissingSecretIsAskedFor() throws Exception {
    OnLoop output = output(nsqd(authServer()), null, null);
    assertThat(failure(output)).hasMessageContaining("set outputs.queue.auth-secret-file");
    OnLoop.get(output.close());
  }

  @Test
  void aSecretFileThatCannotBeReadIsNamed() throws Exception {
    OnLoop output = output(nsqd(authServer()), null, folder.resolve("none"));
    assertThat(failure(output))
        .hasMessageContaining("can't read the secret")
        .hasMessageContaining("none");
    OnLoop.get(output.close());
  }
}
