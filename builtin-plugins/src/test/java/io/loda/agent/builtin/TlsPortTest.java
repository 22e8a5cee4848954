package io.loda.agent.builtin;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.builtin.port.PortPlugin;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsPortTest {
  private static final String PASSWORD = "changeit";

  private final Path folder;

  TlsPortTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** A server whose certificate nobody has signed, and which ends in thirty days. */
  private SSLServerSocket server() throws Exception {
    Path store = folder.resolve("keys");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process made =
        new ProcessBuilder(
                keytool,
                "-genkeypair",
                "-keyalg",
                "EC",
                "-validity",
                "30",
                "-dname",
                "CN=test",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    assertThat(made.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return (SSLServerSocket)
        context.getServerSocketFactory().createServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @Test
  void saysHowLongTheCertificateIsGood() throws Exception {
    try (SSLServerSocket server = server()) {
      Thread accepting = new Thread(() -> accept(server));
      accepting.setDaemon(true);
      accepting.start();
      String port = Integer.toString(server.getLocalPort());
      Map<String, String> item = Map.of("name", "PORT.t", "port", port, "protocol", "tls");
      try (Sampler sampler = new PortPlugin().open(item)) {
        assertThat(values(sampler.collect()))
            .containsEntry("PORT.t", 1.0)
            .containsEntry("PORT.t.cert_days", 29.0)
            .containsKey("PORT.t.time_ms");
      }
    }
  }

  private static void accept(SSLServerSocket server) {
    try (SSLSocket socket = (SSLSocket) server.accept()) {
      socket.startHandshake();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    } catch (IOException e) {
      // the test is over
    }
  }
}
