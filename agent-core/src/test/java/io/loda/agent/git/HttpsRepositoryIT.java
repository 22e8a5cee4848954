package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code https://}, from a server that knows nothing of git, with a certificate of its own. */
class HttpsRepositoryIT {

  private static final String PASSWORD = "changeit";
  private static final String STORE = "javax.net.ssl.trustStore";
  private static final String STORE_PASSWORD = STORE + "Password";

  private Path store;
  private TestRepository repository;
  private Checkouts checkouts;
  private HttpsServer server;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    store = folder.resolve("store");
    run(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=git",
        "-ext",
        "SAN=IP:127.0.0.1",
        "-keystore",
        store.toString(),
        "-storepass",
        PASSWORD);
    repository = new TestRepository(folder, "demo");
    checkouts = new Checkouts(folder);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls()));
    server.createContext("/demo.git/", this::file);
    server.createContext(
        "/secret/",
        exchange -> {
          exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"git\"");
          exchange.sendResponseHeaders(401, -1);
        });
    server.start();
  }

  @AfterEach
  void close() {
    System.clearProperty(STORE);
    System.clearProperty(STORE_PASSWORD);
    checkouts.close();
    repository.close();
    server.stop(0);
  }

  @Test
  void serverOfPlainFilesWillDo() throws Exception {
    trust();
    push("one");
    checkouts.checkout(address("demo.git"));
    assertThat(checkouts.content()).isEqualTo("one");

    String two = push("two");
    assertThat(checkouts.update(address("demo.git"))).isEqualTo(two);
    assertThat(checkouts.content()).isEqualTo("two");
  }

  @Test
  void serverWhoseCertificateIsUnknownIsRefusedWithWhatToDo() {
    assertThatThrownBy(() -> checkouts.checkout(address("demo.git")))
        .hasMessageContaining("can't be read: ")
        .hasMessageContaining("AGENT_JAVA_OPTS=-Djavax.net.ssl.trustStore=FILE");
  }

  @Test
  void serverThatWantsAPasswordIsRefusedWithWhatToDo() {
    trust();
    assertThatThrownBy(() -> checkouts.checkout(address("secret/demo.git")))
        .hasMessageContaining("can't be read: ")
        .hasMessageContaining("write USER:PASSWORD@");
  }

  @Test
  void passwordThatMustBeWrittenInAnotherWayIsRefusedWithWhatToDo() {
    assertThatThrownBy(() -> checkouts.checkout("https://me:sEc/ReT@127.0.0.1/group/demo.git"))
        .hasMessageContaining(
            "https://***@127.0.0.1/group/demo.git can't be read: URI not supported")
        .hasMessageContaining("/ is written %2F")
        .satisfies(e -> assertThat(e).message().doesNotContain("ReT"));
  }

  /** The child hears of it as of whatever else an operator tells the JVM of the network. */
  private void trust() {
    System.setProperty(STORE, store.toString());
    System.setProperty(STORE_PASSWORD, PASSWORD);
  }

  private String address(String path) {
    return "https://127.0.0.1:" + server.getAddress().getPort() + "/" + path;
  }

  private String push(String content) throws Exception {
    String commit = repository.push("release", content);
    run("git", "-C", repository.bare.toString(), "update-server-info");
    return commit;
  }

  private void file(HttpExchange exchange) throws IOException {
    Path file =
        repository.bare.resolve(
            exchange.getRequestURI().getPath().substring("/demo.git/".length()));
    try (exchange) {
      if (!Files.isRegularFile(file)) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      byte[] bytes = Files.readAllBytes(file);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private SSLContext tls() throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray()), PASSWORD.toCharArray());
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    return tls;
  }

  private static void run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }
}
