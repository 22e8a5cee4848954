package io.loda.agent.builtin.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {

  @TempDir private Path folder;

  @Test
  void whatWasSavedIsLoaded() {
    Properties state = new Properties();
    state.setProperty("/var/log/ä b", "12");

    new StateFile(Optional.of(folder), "log").save(state);

    assertThat(new StateFile(Optional.of(folder), "log").load()).isEqualTo(state);
    assertThat(new StateFile(Optional.of(folder), "new").after("log").load()).isEqualTo(state);
    assertThat(new StateFile(Optional.empty(), "log").load()).isEmpty();
  }

  @Test
  void aPipeInItsPlaceIsNotWaitedFor() throws Exception {
    String pipe = folder.resolve("log").toString();
    assertThat(new ProcessBuilder("mkfifo", pipe).start().waitFor()).isZero();

    StateFile file = new StateFile(Optional.of(folder), "log");

    assertThat(CompletableFuture.supplyAsync(file::load).get(60, TimeUnit.SECONDS)).isEmpty();
  }
}
