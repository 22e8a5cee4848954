package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An assignment may come to name another repository whose project has the same name. */
class AnotherRepositoryTest {

  private TestRepository first;
  private TestRepository second;
  private Checkouts checkouts;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    first = new TestRepository(temporary, "first");
    second = new TestRepository(temporary, "second");
    checkouts = Checkouts.inProcess(temporary);
    first.push("release", "the first's");
    checkouts.checkout(first.address());
  }

  @AfterEach
  void close() {
    checkouts.close();
    first.close();
    second.close();
  }

  @Test
  void isFetchedInPlaceOfTheFirst() throws Exception {
    second.push("release", "the second's");

    checkouts.checkout(second.address());

    assertThat(checkouts.content()).isEqualTo("the second's");
  }

  @Test
  void thatCannotBeFetchedDoesNotGetTheFirstsPlugin() {
    assertThatThrownBy(() -> checkouts.checkout(second.address()))
        .hasMessageContaining("git " + second.address());
  }
}
