package io.loda.server.store.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.common.testing.Postgres;
import io.loda.server.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a server whose certificate, of an authority of the test's own, is for 127.0.0.1 only. */
class PostgresTlsIT {

  private static final Duration TIME = Duration.ofSeconds(20);

  @TempDir static Path temp;

  @SuppressWarnings("NullAway.Init")
  private static Postgres postgres;

  @SuppressWarnings("NullAway.Init")
  private static Vertx vertx;

  @BeforeAll
  static void start() throws Exception {
    authority("ca");
    authority("stranger");
    run("openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server");
    Files.writeString(temp.resolve("names"), "subjectAltName=IP:127.0.0.1");
    run(
        "openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2"
            + " -extfile names -out server.crt");
    Path folder = Postgres.newFolder();
    postgres =
        Postgres.prepare(
            folder,
            "ssl=on",
            "ssl_cert_file=" + folder.resolve("server.crt"),
            "ssl_key_file=" + folder.resolve("server.key"));
    for (String name : List.of("server.crt", "server.key")) {
      Path copy = Files.copy(temp.resolve(name), folder.resolve(name));
      Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-------"));
      postgres.give(copy);
    }
    postgres.start();
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void end() throws Exception {
    get(vertx.close());
    postgres.close();
  }

  private static void authority(String name) throws Exception {
    run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout %1$s.key -out %1$s.crt -subj /CN=%1$s -days 2"
            .formatted(name));
  }

  private static void run(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command.split(" ", -1))
            .directory(temp.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static void connects(String host, String parameters) throws Exception {
    PostgresStore store =
        new PostgresStore(
            vertx,
            DatabaseDsn.parse(
                "host=%s port=%d user=%s password='%s' dbname=postgres %s"
                    .formatted(
                        host, postgres.port(), Postgres.USER, Postgres.PASSWORD, parameters)),
            TIME);
    get(store.open());
    try {
      get(store.ping());
    } finally {
      get(store.close());
    }
  }

  private static List<Boolean> encrypted() throws SQLException {
    try (Connection connection = postgres.connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                    + " WHERE application_name = 'metrics-server'")) {
      List<Boolean> all = new ArrayList<>();
      while (row.next()) {
        all.add(row.getBoolean(1));
      }
      return all;
    }
  }

  @Test
  void encryptsUnlessItIsDisabled() throws Exception {
    for (String mode : List.of("prefer", "require", "disable")) {
      PostgresStore store =
          new PostgresStore(
              vertx,
              DatabaseDsn.parse(
                  postgres.dsn("postgres").replace("sslmode=disable", "sslmode=" + mode)),
              TIME);
      get(store.open());
      get(store.ping());
      assertThat(encrypted()).as(mode).isNotEmpty().containsOnly(!mode.equals("disable"));
      get(store.close());
    }
  }

  @Test
  void checksTheAuthority() throws Exception {
    connects("127.0.0.1", "sslmode=verify-ca sslrootcert=" + temp.resolve("ca.crt"));
    assertThatThrownBy(
            () ->
                connects(
                    "127.0.0.1", "sslmode=verify-ca sslrootcert=" + temp.resolve("stranger.crt")))
        .hasCauseInstanceOf(StoreUnavailable.class);
    assertThatThrownBy(
            () -> connects("127.0.0.1", "sslmode=verify-ca sslrootcert=" + temp.resolve("none")))
        .hasCauseInstanceOf(StoreUnavailable.class)
        .hasMessageContaining("none");
  }

  @Test
  void checksTheNameWhereItIsAskedTo() throws Exception {
    String authority = " sslrootcert=" + temp.resolve("ca.crt");
    connects("127.0.0.1", "sslmode=verify-full" + authority);
    connects("localhost", "sslmode=verify-ca" + authority);
    assertThatThrownBy(() -> connects("localhost", "sslmode=verify-full" + authority))
        .hasCauseInstanceOf(StoreUnavailable.class);
  }

  @Test
  void refusesAServerWithoutEncryptionWhereItIsRequired() throws Exception {
    try (Postgres plain = Postgres.started()) {
      PostgresStore store =
          new PostgresStore(
              vertx,
              DatabaseDsn.parse(
                  plain.dsn("postgres").replace("sslmode=disable", "sslmode=require")),
              TIME);
      get(store.open());
      assertThatThrownBy(() -> get(store.ping()))
          .hasCauseInstanceOf(StoreUnavailable.class)
          .hasMessageContaining("SSL");
      get(store.close());
      PostgresStore preferring =
          new PostgresStore(
              vertx,
              DatabaseDsn.parse(plain.dsn("postgres").replace("sslmode=disable", "sslmode=prefer")),
              TIME);
      get(preferring.open());
      get(preferring.ping());
      get(preferring.close());
    }
  }
}
