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
  })
  void deniesHoweverItIsFetched(String pattern, String address) {
    assertThat(pattern(pattern).denies(address)).isTrue();
  }

  @Test
  void deniesNothingElse() {
    assertThat(pattern("git@git.example:ops/disk").denies("git@git.example:ops/disk2")).isFalse();
    assertThat(pattern("git@git.example:ops/disk").denies("git@other.example:ops/disk")).isFalse();
    assertThat(pattern("path:/git.example/x").denies("https://git.example/x")).isFalse();
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
        "https://git.example\\@evil.org/ops/disk",
        "https://a@b@git.example/ops/disk",
        "file://host/srv/disk",
        "file:///srv/git/../disk",
        "git@git.example:",
        "nonsense"
      })
  void whatAServerCouldReadInAnotherWayIsNotCompared(String address) {
    assertThatThrownBy(() -> pattern("git@git.example:ops/**").allows(address))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> pattern("git@git.example:ops/**").denies(address))
        .isInstanceOf(IllegalArgumentException.class);
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
