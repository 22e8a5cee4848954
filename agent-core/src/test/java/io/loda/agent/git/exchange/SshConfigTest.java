package io.loda.agent.git.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SshConfigTest {

  private static final Path HOME = Path.of("/root");

  private static final String TEXT =
      """
      IdentityFile ~/.ssh/common
      # a comment with IdentityFile /root/x
      Host work *.work !not.work
        HostName git.%h.example
        Port = 2222
        IdentityFile "/root/.ssh/my key"
        UserKnownHostsFile /etc/known ~/.ssh/%h
      Host *
        HostName other
        Port 1
        User git
      """;

  private final List<String> copied = new ArrayList<>();

  private SshConfig of(String server) throws Exception {
    return SshConfig.of(
        TEXT,
        server,
        HOME,
        (key, file) -> {
          copied.add(key + " " + file);
          return Path.of("/copy").resolve(file.getFileName());
        });
  }

  @Test
  void filesThatItNamesAreNamedByTheirCopies() throws Exception {
    SshConfig config = of("work");

    assertThat(copied)
        .containsExactly(
            "identityfile /root/.ssh/common",
            "identityfile /root/.ssh/my key",
            "userknownhostsfile /etc/known");
    assertThat(config.text())
        .isEqualTo(
            TEXT.replace("IdentityFile ~/.ssh/common", "identityfile \"/copy/common\"")
                .replace("  IdentityFile \"/root/.ssh/my key\"", "identityfile \"/copy/my key\"")
                .replace(
                    "  UserKnownHostsFile /etc/known ~/.ssh/%h",
                    "userknownhostsfile \"/copy/known\" \"/root/.ssh/%h\""));
  }

  @ParameterizedTest
  @CsvSource({
    "work, git.work.example, 2222",
    "a.work, git.a.work.example, 2222",
    "not.work, other, 1",
    "else, other, 1",
  })
  void serverIsTheOneThatItsFirstBlockNames(String asked, String host, int port) throws Exception {
    SshConfig config = of(asked);

    assertThat(config.host()).isEqualTo(host);
    assertThat(config.port()).isEqualTo(port);
  }
}
