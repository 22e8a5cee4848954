package io.loda.agent.git.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loda.agent.git.Checkouts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of servers that can't be reached: words, and no names of classes. */
class GitErrorsTest {

  private Checkouts checkouts;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    checkouts = new Checkouts(folder);
  }

  @AfterEach
  void stop() throws Exception {
    checkouts.close();
  }

  @Test
  void aServerThatDoesNotListen() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    String ssh = said("ssh://git@127.0.0.1:" + port + "/ops/p.git");
    assertThat(ssh).contains("can't be read: ", "127.0.0.1:" + port, "Connection refused");
    String https = said("https://127.0.0.1:" + port + "/ops/p.git");
    assertThat(https).contains("can't be read: ", "127.0.0.1:" + port, "Connection refused");
    String git = said("git://127.0.0.1:" + port + "/ops/p.git");
    assertThat(git).contains("can't be read: ", "Connection refused");
  }

  @Test
  void aHostThatNobodyKnows() {
    for (String transport : new String[] {"ssh", "https", "git"}) {
      assertThat(said(transport + "://git.example.invalid/ops/p.git"))
          .contains("can't be read: ", "unknown host");
    }
  }

  private String said(String address) {
    Throwable failure = catchThrowable(() -> checkouts.checkout(address));
    // what waits for the answer wraps it
    while (!String.valueOf(failure.getMessage()).startsWith("git ") && failure.getCause() != null) {
      failure = failure.getCause();
    }
    String message = String.valueOf(failure.getMessage());
    assertThat(message).doesNotContain("Exception", "Future", "null", "java.", "org.");
    return message;
  }
}
