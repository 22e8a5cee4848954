package io.loda.agent.git.child;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.git.TestRepository;
import io.loda.agent.git.archive.FetchArchive;
import io.loda.agent.git.archive.UploadPackServer;
import io.loda.agent.git.exchange.GitAnswer;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.agent.git.exchange.GitSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelListener;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedSessionTest {

  private static final AttributeRepository.AttributeKey<Boolean> USED =
      new AttributeRepository.AttributeKey<>();

  private final AtomicInteger logins = new AtomicInteger();
  private Path folder;
  private TestRepository repository;
  private UploadPackServer server;

  @BeforeEach
  void start(@TempDir Path dir) throws Exception {
    JdkEd25519Registrar.register();
    folder = dir;
    repository = new TestRepository(folder, "demo");
    server = new UploadPackServer(repository.bare);
    server.ssh.addSessionListener(
        new SessionListener() {
          @Override
          public void sessionEvent(Session session, Event event) {
            if (event == Event.Authenticated) {
              logins.incrementAndGet();
            }
          }
        });
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    repository.close();
  }

  @Test
  void aCloneLogsInOnce() throws Exception {
    String commit = repository.push("release", "one");

    assertThat(fetch()).isEqualTo(new GitAnswer(commit, true));

    assertThat(logins).hasValue(1);
  }

  @Test
  void aServerThatTakesOneCommandAConnectionIsConnectedToAgain() throws Exception {
    String commit = repository.push("release", "one");
    server.ssh.addChannelListener(
        new ChannelListener() {
          @Override
          public void channelInitialized(Channel channel) {
            if (channel.getSession().setAttribute(USED, true) != null) {
              throw new IllegalStateException("it had its command");
            }
          }
        });

    assertThat(fetch()).isEqualTo(new GitAnswer(commit, true));

    assertThat(logins).hasValue(2);
  }

  private GitAnswer fetch() throws Exception {
    GitSettings settings =
        new GitSettings(
            "release",
            Duration.ofSeconds(60),
            1 << 20,
            folder,
            FetchArchive.key(folder.resolve("key")).toString(),
            false,
            "",
            folder.resolve("known_hosts").toString(),
            false,
            "");
    return GitFetch.fetch(
        new GitRequest(server.address(), "", folder.resolve("clone"), List.of(), settings));
  }
}
