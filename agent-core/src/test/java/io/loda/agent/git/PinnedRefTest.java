package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.files.SafeFiles;
import java.nio.file.Path;
import org.eclipse.jgit.transport.RefSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An assignment's reference: a branch, a tag or a commit. */
class PinnedRefTest {

  private TestRepository repository;
  private Checkouts checkouts;

  @BeforeEach
  void make(@TempDir Path folder) throws Exception {
    repository = new TestRepository(folder, "demo");
    checkouts = Checkouts.inProcess(folder);
  }

  @AfterEach
  void close() {
    checkouts.close();
    repository.close();
  }

  @Test
  void branchIsFollowed() throws Exception {
    repository.push("release", "released");
    repository.push("next", "next");

    checkouts.checkout(repository.address(), "next");
    assertThat(checkouts.content()).isEqualTo("next");

    String newer = repository.push("next", "newer");
    assertThat(checkouts.update(repository.address(), "next")).isEqualTo(newer);
    assertThat(checkouts.content()).isEqualTo("newer");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tagStaysWhereItIs(boolean annotated) throws Exception {
    String tagged = repository.push("release", "1.0");
    repository.git().tag().setName("v1.0").setAnnotated(annotated).setSigned(false).call();
    repository.git().push().setPushTags().call();
    repository.push("release", "2.0");

    checkouts.checkout(repository.address(), "v1.0");

    assertThat(checkouts.content()).isEqualTo("1.0");
    assertThat(checkouts.update(repository.address(), "v1.0")).isEqualTo(tagged);
    assertThat(checkouts.versions()).containsExactly(tagged);
  }

  @Test
  void commitAtATipIsFetched() throws Exception {
    repository.push("release", "released");
    String commit = repository.push("other", "other");

    checkouts.checkout(repository.address(), commit);

    assertThat(checkouts.content()).isEqualTo("other");
  }

  @Test
  void commitBehindATipIsFetched() throws Exception {
    String old = repository.push("release", "old");
    repository.push("release", "new");

    checkouts.checkout(repository.address(), old);

    assertThat(checkouts.content()).isEqualTo("old");
    assertThat(checkouts.versions()).containsExactly(old);
  }

  @Test
  void commitThatIsThereNeedsNoServer() throws Exception {
    String old = repository.push("release", "old");
    checkouts.checkout(repository.address());
    repository.push("release", "new");
    checkouts.update(repository.address());
    SafeFiles.deleteTree(repository.bare);

    checkouts.checkout(repository.address(), old);

    assertThat(checkouts.content()).isEqualTo("old");
  }

  @Test
  void referenceThatChangedIsFetched() throws Exception {
    repository.push("release", "released");
    repository.push("next", "next");
    checkouts.checkout(repository.address());
    assertThat(checkouts.content()).isEqualTo("released");

    checkouts.checkout(repository.address(), "next");
    assertThat(checkouts.content()).isEqualTo("next");

    checkouts.checkout(repository.address());
    assertThat(checkouts.content()).isEqualTo("released");
  }

  @Test
  void referenceThatIsNotThereIsNamed() throws Exception {
    repository.push("release", "released");

    assertThatThrownBy(() -> checkouts.checkout(repository.address(), "v9"))
        .hasMessageContaining("has no branch and no tag v9")
        .hasMessageContaining("40 digits");
    String none = "0123456789012345678901234567890123456789";
    assertThatThrownBy(() -> checkouts.checkout(repository.address(), none))
        .hasMessageContaining("has no commit " + none)
        .hasMessageContaining("push it to a branch or tag it");
    assertThat(checkouts.link).doesNotExist();
    assertThat(checkouts.versions()).isEmpty();
  }

  @Test
  void commitThatNobodyCanReachAnyMoreIsRefusedWithWhatToDo() throws Exception {
    String gone = repository.push("release", "gone");
    repository.git().checkout().setOrphan(true).setName("fresh").call();
    repository.push("release", "fresh");
    repository.git().push().setRefSpecs(new RefSpec("HEAD:refs/heads/main")).call();

    assertThatThrownBy(() -> checkouts.checkout(repository.address(), gone))
        .hasMessageContaining("has no commit " + gone);
  }
}
