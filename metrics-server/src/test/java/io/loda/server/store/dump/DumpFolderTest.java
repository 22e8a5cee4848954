package io.loda.server.store.dump;

import static io.loda.server.metric.Metric.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.common.testing.OtherUser;
import io.loda.server.metric.Batch;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A folder like {@code /tmp}, in which another user has put something at the dump's names. */
@Timeout(60)
class DumpFolderTest {

  private static final String DUMP = "{\"type\":\"counter\",\"name\":\"forged\",\"value\":\"7\"}\n";

  @TempDir private Path temp;

  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @BeforeEach
  void makeFolder() throws Exception {
    folder = Files.createDirectory(OtherUser.reachable(temp).resolve("tmp"));
    chmod("1777", folder);
  }

  private static void chmod(String mode, Path file) throws Exception {
    assertThat(new ProcessBuilder("chmod", mode, file.toString()).start().waitFor()).isZero();
  }

  private DumpStore store(Duration interval) {
    return new DumpStore(
        new DumpSettings(folder.resolve("db.json"), interval, true, 64 << 20, 16 << 20, 1 << 20),
        4 << 20,
        Clock.systemUTC(),
        Runnable::run,
        (delay, task) -> {},
        () -> DumpFolder.take(folder.resolve("db.json"), Clock.systemUTC()));
  }

  private static <T> T get(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  @ParameterizedTest
  @ValueSource(strings = {"printf '%s' \"$1\" > $0", "ln -s $2 $0", "mkfifo $0", "mkdir $0"})
  void whatAnotherUserPutThereIsPutAsideUnread(String how) throws Exception {
    OtherUser.need();
    Path secret = Files.writeString(temp.resolve("secret"), DUMP);
    for (String name :
        List.of(
            "db.json", "db.json.next", "db.json.journal-a", "db.json.journal-b", "db.json.lock")) {
      String said =
          OtherUser.output(
              "sh", "-c", how, folder.resolve(name).toString(), DUMP, secret.toString());
      assertThat(said).isEmpty();
    }
    for (Duration interval : List.of(Duration.ZERO, Duration.ofHours(1))) {
      DumpStore store = store(interval);
      get(store.open());
      assertThat(get(store.find(counter("forged", 0).id()))).isEmpty();
      get(store.update(Batch.of(List.of(counter("a", 1)), null)));
      get(store.close());
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.toList();
      assertThat(all).filteredOn(file -> file.toString().contains(".bad-")).hasSize(5);
      for (Path file : all) {
        boolean ours = !file.toString().contains(".bad-");
        assertThat(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS))
            .as("%s", file)
            .isEqualTo(ours ? 0 : OtherUser.ID);
      }
    }
    assertThat(Files.readString(secret)).isEqualTo(DUMP);
    assertThat(Files.readString(folder.resolve("db.json"))).contains("\"value\":\"2\"");
  }

  @Test
  void aFolderThatEverybodyMayChangeIsRefused() throws Exception {
    chmod("0777", folder);
    DumpStore store = store(Duration.ZERO);
    assertThatThrownBy(() -> get(store.open())).hasMessageContaining("may be written by");
    get(store.close());
  }

  @Test
  void rootRefusesAFolderOfAnotherUser() throws Exception {
    OtherUser.need();
    chmod("0755", folder);
    assertThat(
            new ProcessBuilder("chown", Integer.toString(OtherUser.ID), folder.toString())
                .start()
                .waitFor())
        .isZero();
    DumpStore store = store(Duration.ZERO);
    assertThatThrownBy(() -> get(store.open()))
        .hasMessageContaining("belongs to the user with id " + OtherUser.ID);
    get(store.close());
  }
}
