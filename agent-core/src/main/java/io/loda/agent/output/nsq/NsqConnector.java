package io.loda.agent.output.nsq;

import io.loda.agent.version.Version;
import io.loda.common.config.HostPort;
import io.loda.common.config.SecretFile;
import io.loda.common.files.FileReason;
import io.loda.common.net.HostLookup;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Connects to an nsqd: IDENTIFY, then TLS and AUTH where they are configured. */
final class NsqConnector {

  /**
   * Two of these, and the time of a check, are less than the 10 s in which a dead line must be
   * noticed.
   */
  static final Duration HEARTBEAT = Duration.ofSeconds(4);

  private static final String HOST_NAME_FILE = "/proc/sys/kernel/hostname";

  private final Vertx vertx;
  private final String output;
  private final String key;
  private final @Nullable SecretFile secretFile;
  private final Duration heartbeat;
  private final HostLookup names;
  private final NetClient client;
  private final @Nullable ClientSSLOptions ssl;
  private @Nullable Future<String> hostName;

  NsqConnector(
      Vertx vertx, String name, NsqSettings settings, HostLookup names, Duration heartbeat) {
    this.vertx = vertx;
    this.output = name;
    this.key = "outputs." + name;
    this.secretFile = settings.authSecretFile();
    this.heartbeat = heartbeat;
    this.names = names;
    this.client =
        vertx.createNetClient(
            new NetClientOptions()
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setConnectTimeout((int) NsqConnection.ANSWER_TIME.toMillis()));
    this.ssl = settings.tls() == null ? null : sslOptions(settings.tls());
  }

  String output() {
    return output;
  }

  /** Succeeds with a connection that accepts messages; after a failure none stays open. */
  Future<NsqConnection> connect(HostPort server) {
    return names
        .find(server)
        .compose(address -> client.connect(address))
        .compose(
            socket -> {
              NsqConnection connection = new NsqConnection(vertx, socket);
              return identify(connection)
                  .compose(answer -> secure(connection, answer, socket.remoteAddress()))
                  .compose(answer -> authorize(connection, answer))
                  .map(
                      unused -> {
                        connection.expectHeartbeats(heartbeat);
                        return connection;
                      })
                  .onFailure(e -> connection.close());
            });
  }

  private Future<JsonObject> identify(NsqConnection connection) {
    return hostName()
        .compose(
            hostName ->
                connection.request(
                    NsqCommands.identify(
                        new JsonObject()
                            .put("client_id", hostName.replaceAll("\\..*$", ""))
                            .put("hostname", hostName)
                            .put("user_agent", "agent/" + Version.current().version())
                            .put("feature_negotiation", true)
                            .put("heartbeat_interval", heartbeat.toMillis())
                            .put("tls_v1", ssl != null))))
        .compose(NsqConnector::json);
  }

  private static Future<JsonObject> json(Buffer answer) {
    try {
      return Future.succeededFuture(answer.toJsonObject());
    } catch (DecodeException | ClassCastException e) {
      return Future.failedFuture(
          new IOException("its answer to IDENTIFY is no JSON object: is it an nsqd 1.x?", e));
    }
  }

  private Future<JsonObject> secure(
      NsqConnection connection, JsonObject answer, SocketAddress address) {
    if (ssl == null) {
      return Future.succeededFuture(answer);
    }
    if (!Boolean.TRUE.equals(answer.getValue("tls_v1"))) {
      return Future.failedFuture(
          new IOException("it offers no TLS: start it with --tls-cert, or " + key + ".tls = {}"));
    }
    return connection
        .secure(ssl, address.hostName())
        .map(answer)
        .recover(
            e ->
                Future.failedFuture(
                    e instanceof IOException && !(e instanceof javax.net.ssl.SSLException)
                        ? e
                        : new IOException(Reasons.of(e) + " (" + key + ".tls)")));
  }

  private Future<JsonObject> authorize(NsqConnection connection, JsonObject answer) {
    if (!Boolean.TRUE.equals(answer.getValue("auth_required"))) {
      return Future.succeededFuture(answer);
    }
    if (secretFile == null) {
      return Future.failedFuture(
          new IOException("it asks for a secret: set " + key + ".auth-secret-file"));
    }
    // read it for each connection: a changed secret needs no restart
    return secret(secretFile)
        .recover(
            e ->
                Future.failedFuture(
                    new IOException("can't read the secret: " + FileReason.of(e), e)))
        .compose(secret -> connection.request(NsqCommands.auth(Buffer.buffer(secret.strip()))))
        .map(answer);
  }

  private Future<String> secret(SecretFile file) {
    WorkerExecutor worker = vertx.createSharedWorkerExecutor("secrets", 1);
    return worker.executeBlocking(file::read, false).eventually(worker::close);
  }

  private Future<String> hostName() {
    Future<String> known = hostName;
    if (known == null) {
      known =
          vertx
              .fileSystem()
              .readFile(HOST_NAME_FILE)
              .map(name -> name.toString().strip())
              .otherwise("");
      hostName = known;
    }
    return known;
  }

  private static ClientSSLOptions sslOptions(NsqSettings.Tls tls) {
    ClientSSLOptions options = new ClientSSLOptions();
    options.setHostnameVerificationAlgorithm("HTTPS");
    options.setSslHandshakeTimeout(NsqConnection.ANSWER_TIME.toSeconds());
    if (tls.ca() != null) {
      options.setTrustOptions(new PemTrustOptions().addCertPath(tls.ca().toString()));
    }
    if (tls.cert() != null && tls.key() != null) {
      options.setKeyCertOptions(
          new PemKeyCertOptions()
              .addCertPath(tls.cert().toString())
              .addKeyPath(tls.key().toString()));
    }
    return options;
  }

  Future<Void> close() {
    return client.close();
  }
}
