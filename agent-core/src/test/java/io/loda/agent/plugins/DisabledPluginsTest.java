package io.loda.agent.plugins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisabledPluginsTest {

  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");
  private static final Duration DAY = Duration.ofHours(24);

  private final Path folder;
  private final DisabledPlugins disabled;

  DisabledPluginsTest(@TempDir Path plugins) {
    this.folder = plugins.resolve("plugin.disabled");
    this.disabled = new DisabledPlugins(plugins);
  }

  @Test
  void nothingIsDisabledAtFirst() {
    assertThat(disabled.load()).isEmpty();
    assertThat(disabled.enableOlderThan(DAY, NOW)).isEmpty();
  }

  @Test
  void whatIsDisabledStaysSoUntilItIsEnabled() throws IOException {
    disabled.disable("pool.loda|demo");
    disabled.disable("pool.loda|other");
    assertThat(disabled.load()).containsExactly("pool.loda|demo", "pool.loda|other");

    disabled.enable("pool.loda|demo");
    disabled.enable("pool.loda|demo");
    assertThat(disabled.load()).containsExactly("pool.loda|other");
  }

  @Test
  void aJavaPluginsNameMayHoldAnything() throws IOException {
    String key = "GOPLUGIN ns ../../a/b %2F+ü|";
    disabled.disable(key);

    assertThat(disabled.load()).containsExactly(key);
    assertThat(folder).isDirectoryContaining(file -> Files.isRegularFile(file));
    disabled.enable(key);
    assertThat(folder).isEmptyDirectory();
    assertThatThrownBy(() -> disabled.disable("GOPLUGIN ns " + "x".repeat(300)))
        .hasMessageContaining("too long");
  }

  @Test
  void onlyWhatIsOlderThanADayIsEnabledAgain() throws IOException {
    disabledSince("ns|old", NOW.minus(DAY).minusSeconds(1));
    disabledSince("ns|young", NOW.minus(DAY));

    assertThat(disabled.enableOlderThan(DAY, NOW)).containsExactly("ns|old");
    assertThat(disabled.load()).containsExactly("ns|young");
  }

  @Test
  void disabledByAClockThatWasAheadItsDayBeginsNow() throws IOException {
    disabledSince("ns|demo", NOW.plus(DAY.multipliedBy(400)));

    assertThat(disabled.enableOlderThan(DAY, NOW)).isEmpty();

    assertThat(disabled.enableOlderThan(DAY, NOW.plus(DAY))).isEmpty();
    assertThat(disabled.enableOlderThan(DAY, NOW.plus(DAY).plusSeconds(1)))
        .containsExactly("ns|demo");
  }

  @Test
  void disabledOnceMoreItsDayBeginsAgain() throws IOException {
    disabledSince("ns|demo", NOW.minus(DAY).minusSeconds(1));
    disabled.disable("ns|demo");

    assertThat(disabled.enableOlderThan(DAY, NOW)).isEmpty();
  }

  @Test
  void whatCanNotBeEnabledKeepsNoOther() throws IOException {
    Path stubborn = Files.createDirectories(folder.resolve("a folder"));
    Files.writeString(stubborn.resolve("file"), "");
    Files.setLastModifiedTime(stubborn, FileTime.from(NOW.minus(DAY.multipliedBy(2))));
    disabledSince("ns|old", NOW.minus(DAY).minusSeconds(1));

    assertThat(disabled.enableOlderThan(DAY, NOW)).containsExactly("ns|old");
  }

  private void disabledSince(String key, Instant time) throws IOException {
    disabled.disable(key);
    Files.setLastModifiedTime(folder.resolve(key), FileTime.from(time));
  }
}
