package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetches over git://, from a real git daemon. */
class GitDaemonIT {

  private TestRepository repository;
  private GitDaemon daemon;
  private Checkouts checkouts;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    repository = new TestRepository(folder, "demo");
    repository.push("release", "one");
    daemon = new GitDaemon(folder);
    checkouts = new Checkouts(folder);
  }

  @AfterEach
  void close() {
    checkouts.close();
    daemon.close();
    repository.close();
  }

  @Test
  void checkoutIsFetchedAndUpdated() throws Exception {
    String address = daemon.address(repository.bare);
    checkouts.checkout(address);
    assertThat(checkouts.content()).isEqualTo("one");

    String commit = repository.push("release", "two");

    assertThat(checkouts.update(address)).isEqualTo(commit);
    assertThat(checkouts.content()).isEqualTo("two");
  }

  @Test
  void repositoryThatIsNotThereIsNamed() {
    String address = daemon.address(Path.of("none.git"));

    assertThatThrownBy(() -> checkouts.checkout(address))
        .hasMessageContaining("git " + address + " can't be read: ");
  }
}
