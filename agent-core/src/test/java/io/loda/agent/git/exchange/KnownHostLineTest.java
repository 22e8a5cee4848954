package io.loda.agent.git.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownHostLineTest {

  /** {@code ssh-keygen -H} of {@code git.example}. */
  private static final String DIGEST =
      "|1|MDEyMzQ1Njc4OWFiY2RlZmdoaWo=|5hyQVJ8yU3Ep3fKFNgfTL2ocIfs=";

  private static final List<String> SERVERS = List.of("git.example", "[git.example]:2222");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "git.example ssh-ed25519 AAAA",
        "10.0.0.1,GIT.example ssh-ed25519 AAAA a comment",
        "other,git.example ssh-ed25519 AAAA",
      })
  void onlyTheServersNameAndKeyAreTaken(String line) {
    assertThat(KnownHostLine.of(line, SERVERS)).get().hasToString("git.example ssh-ed25519 AAAA");
  }

  @Test
  void digestOfItsNameIsTakenAsItIs() {
    assertThat(KnownHostLine.of(DIGEST + ",|1|AA==|AA== ssh-rsa AAAA", SERVERS))
        .get()
        .hasToString(DIGEST + " ssh-rsa AAAA");
    assertThat(KnownHostLine.of(DIGEST + " ssh-rsa AAAA", List.of("other"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# git.example ssh-ed25519 AAAA",
        "git.example",
        "git.example ssh-ed25519",
        "git.example ssh-ed25519 A\u0001",
        "*.example ssh-ed25519 AAAA",
        "@cert-authority git.example ssh-ed25519 AAAA",
        "[git.example]:22 ssh-ed25519 AAAA",
        "|1|x|y ssh-ed25519 AAAA",
      })
  void othersAreNotTaken(String line) {
    assertThat(KnownHostLine.of(line, SERVERS)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "git.example ssh-rsa AAAA",
        "*.example ssh-rsa AAAA",
        "@revoked git.example ssh-rsa AAAA",
        "@cert-authority *.example ssh-rsa AAAA",
        DIGEST + " ssh-rsa AAAA",
      })
  void whateverIsSaidOfAServerMakesItKnown(String line) {
    assertThat(KnownHostLine.isAbout(line, "git.example")).isTrue();
    assertThat(KnownHostLine.isAbout(line, "other.test")).isFalse();
  }
}
