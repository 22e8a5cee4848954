package io.loda.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RepositoryPatternTest {

  private static final Path HOME = Path.of("/opt/agent");

  private static RepositoryPattern pattern(String text) {
    return new RepositoryPattern(text, HOME);
  }

  @ParameterizedTest
  @CsvSource({
    "git@git.example:ops/*, git@git.example:ops/disk.git",
    "git@git.example:ops/*, git@GIT.example.:ops/disk",
    "git@git.example:ops/*, ssh://git@git.example/ops/disk.git/",
    "git@git.example:ops/*, ssh://git@git.example:22/ops/disk.git",
    "git@git.example:ops/*, git@git.example:/ops//disk.git",
    "git.example:ops/*, anyone@git.example:ops/disk",
    "ssh://git.example/ops/disk, git@git.example:ops/disk.git",
    "git@git.example:ops/disk.git, git@git.example:ops/disk",
    "git@git.example:ops/**, git@git.example:ops/a/b/disk",
    "git@git.example:*/disk, git@git.example:ops/disk.git",
    "https://git.example/ops/*, https://me:secret@git.example:443/ops/disk.git",
    "*://git.example/ops/*, https://git.example/ops/disk",
    "*://git.example/ops/*, git@git.example:ops/disk",
    "ssh://git.example:*/ops/*, ssh://git@git.example:2222/ops/disk",
    "https://*.example/ops/*, https://git.example/ops/disk",
    "git://git.example/ops/*, git://GIT.example:9418/ops/disk.git",
    "path:plugins/*, path:plugins/disk",
    "path:plugins/*, path:/opt/agent/plugins/disk",
    "path:plugins/*, path:plugins/../plugins/disk",
    "path:plugins/*, path:plugins/my disk",
    "file:///srv/git/*, file:///srv/git/disk.git",
    "*, path:/anywhere/..//at all%2e",
    "**, whatever",
  })
  void allows(String pattern, String address) {
    assertThat(pattern(pattern).allows(address)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "git@git.example:ops/*, root@git.example:ops/disk",
    "git@git.example:ops/*, git@git.example:OPS/disk",
    "git@git.example:ops/*, git@git.example:ops/a/disk",
    "git@git.example:ops/*, git@git.example:dev/disk",
    "git@git.example:ops/*, git@git.example.evil.example:ops/disk",
    "git@git.example:ops/*, ssh://git@git.example:2222/ops/disk",
    "git@git.example:ops/*, https://git.example/ops/disk",
    "https://git.example/ops/*, http://git.example/ops/disk",
    "git://git.example/ops/*, git://git.example:9419/ops/disk",
    "https://*.example/ops/*, https://evil.org/x.example/ops/disk",
    "https://git.example/**, https://git.example@evil.org/ops/disk",
    "https://git.example/**, https://git.example:443@evil.org/ops/disk",
    "*://git.example/**, path:/git.example/x",
    "path:plugins/*, path:plugins/../etc/disk",
    "path:plugins/*, path:plugins/a/b",
    "path:plugins/**, path:plugins/../../../tmp/x",
    "path:/srv/x, path:/srv/x.git",
    "path:/srv/**, file:///srv/x",
  })
  void doesNotAllow(String pattern, String address) {
    assertThat(pattern(pattern).allows(address)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "git@git.example:ops/disk, ssh://root@git.example:2222/ops/disk.git",
    "git@git.example:ops/disk, https://GIT.example/OPS/Disk.git",
    "https://git.example/ops/*, git@git.example:ops/disk",
    "file:///srv/git/disk.git, path:/srv/git/x/../DISK",
    "path:/srv/git/disk, file:///srv/git//disk.git",
    "*, anything",
    "h:ops/secret, GIT@h:OPS/Secret.GIT",
    "git@h:OPS/secret.git, https://u:p@H.:443//ops/SECRET.Git/",
    "git@127.0.0.1:ops/*, git@127.1:ops/disk",
    "git@127.0.0.1:ops/*, https://2130706433/ops/disk",
    "git@127.0.0.1:ops/*, https://0x7f.1/ops/disk",
    "git@127.*:ops/*, ssh://git@0x7F000001/ops/disk",
    "https://127.1/**, https://[::ffff:127.0.0.1]/ops/disk",
    "https://[::1]/**, https://[0:0:0:0:0:0:0:1]:8443/ops/disk",
    "https://127.0.0.1/**, https://0.0.0.0/ops/disk",
    "https://127.0.0.1/**, https://0/ops/disk",
    "https://127.*/**, https://0x0.0/ops/disk",
    "https://127.0.0.1/**, https://[::ffff:0.0.0.0]/ops/disk",
    "https://[::1]/**, https://[::]/ops/disk",
    "git@h:ops/secret, git@h:~/ops/secret",
    "git@h:ops/secret, ssh://git@h/~git/ops/secret.git",
    "ssh://h/~/ops/*, git@h:ops/secret",
  })
  void deniesHoweverItIsFetched(String pattern, String address) {
    assertThat(pattern(pattern).denies(address)).isTrue();
  }

  @Test
  void deniesNothingElse() {
    assertThat(pattern("git@git.example:ops/disk").denies("git@git.example:ops/disk2")).isFalse();
    assertThat(pattern("git@git.example:ops/disk").denies("git@other.example:ops/disk")).isFalse();
    assertThat(pattern("path:**").denies("path:/srv/x")).isTrue();
    assertThat(pattern("path:**").denies("file:///srv/x.git")).isTrue();
    assertThat(pattern("path:**").denies("https://git.example/x")).isFalse();
    assertThat(pattern("path:**/secret").denies("path:/srv/a/secret")).isTrue();
    assertThat(pattern("path:/opt/agent/**").denies("path:**x")).isTrue();
    assertThat(pattern("path:**").allows("path:/srv/x")).isTrue();
    assertThat(pattern("path:/git.example/x").denies("https://git.example/x")).isFalse();
    assertThat(pattern("git@h:~a/x").denies("git@h:~b/x")).isFalse();
    assertThat(pattern("https://h/x").denies("https://h/~/x")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "git@git.example:ops/../dev/disk",
        "git@git.example:ops/./disk",
        "git@git.example:ops/disk/.git",
        "git@git.example:ops/disk.git.git",
        "https://git.example/ops/%2e%2e/dev/disk",
        "https://git.example/ops/disk?x=1@",
        "https://git.example/ops/disk#x",
        "https://git.example/dev/x?y=/disk",
        "https://git.example/ops/*",
        "https://git.example\\@evil.org/ops/disk",
        "https://a@b@git.example/ops/disk",
        "file://host/srv/disk",
        "file:///srv/git/../disk",
        "git@git.example:",
        "https://0177.1/ops/disk",
        "https://256.0.0.1/ops/disk",
        "https://[fe80::1%25eth0]/ops/disk",
        "nonsense"
      })
  void whatAServerCouldReadInAnotherWayIsNotCompared(String address) {
    assertThatThrownBy(() -> pattern("git@git.example:ops/**").allows(address))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> pattern("git@git.example:ops/**").denies(address))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatARuleOnAnAddressIsAboutIsToldByTheHostsAddresses() {
    RepositoryPattern rule = pattern("git@10.0.*:ops/**");
    assertThat(rule.namesIp()).isTrue();
    assertThat(pattern("git@git.example:ops/**").namesIp()).isFalse();
    assertThat(RepositoryPattern.hostName("git@Git.Example.:ops/disk", HOME))
        .isEqualTo("git.example");
    assertThat(RepositoryPattern.hostName("git@10.1:ops/disk", HOME)).isEmpty();
    assertThat(rule.denies("git@git.example:ops/disk", "10.0.0.7")).isTrue();
    assertThat(rule.denies("git@git.example:ops/disk", "10.1.0.7")).isFalse();
    assertThat(rule.denies("git@git.example:dev/disk", "10.0.0.7")).isFalse();
    assertThat(pattern("https://[::1]/**").denies("https://a/b", "0:0:0:0:0:0:0:1")).isTrue();
    assertThat(pattern("https://127.0.0.1/**").denies("https://a/b", "0.0.0.0")).isTrue();
  }

  @Test
  void aRepositoryWithAnotherSuffixMayBeAnother() {
    assertThat(pattern("h:ops/secret").allows("git@h:ops/secret.GIT")).isFalse();
    assertThat(pattern("h:ops/secret.GIT").allows("git@h:ops/secret.GIT")).isTrue();
  }

  @Test
  void noPasswordIsShown() {
    assertThat(RepositoryPattern.shown("https://me:secret@git.example/ops/disk.git", HOME))
        .isEqualTo("https://git.example/ops/disk");
    assertThat(RepositoryPattern.shown("ssh://git:secret@git.example/ops/disk", HOME))
        .isEqualTo("ssh://git@git.example/ops/disk");
    assertThatThrownBy(() -> RepositoryPattern.shown("https://me:secret@git.example/..", HOME))
        .hasMessageNotContaining("secret");
  }
}
