package io.loda.agent.delivery.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.delivery.SpoolFixture;
import io.loda.common.testing.OtherUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What has the name of a move, or of what is moved, and isn't the agent's. */
class SpoolMoveOddNamesTest {

  @TempDir private Path folder;

  private Path spools;

  @BeforeEach
  void fill() throws IOException {
    spools = folder.resolve("spool");
    write("old");
    write("new");
  }

  private void write(String output) throws IOException {
    new SpoolFixture(folder).write(output);
  }

  private int messages(String output) throws IOException {
    return new SpoolFixture(folder).messages(output);
  }

  private void assertNothingIsTouched(Path odd) throws IOException {
    new SpoolMove(folder).finish();
    assertThat(Files.exists(odd, LinkOption.NOFOLLOW_LINKS)).isTrue();
    assertThat(messages("old")).isEqualTo(5);
    assertThat(messages("new")).isEqualTo(5);
  }

  /** Whole but for its name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        ".moved.",
        ".moved.x",
        ".moved..",
        ".moved...",
        ".moved..new",
        ".moved.old.",
        ".moved.old.new.x",
        ".moved.old.old",
        ".moved.old.%6eew",
        ".moved.o d.new",
        ".moved.old.%6Eew",
        ".moving.old"
      })
  void anotherNameIsLeftThere(String name) throws IOException {
    write("whole");
    Path odd = Files.move(SpoolFolder.of(folder, "whole"), spools.resolve(name));
    assertNothingIsTouched(odd);
    assertThat(SpoolFolder.segments(odd)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {".moved.old.new", ".moved.x"})
  void aFileAnEmptyFolderAndALinkAreLeftThere(String name) throws IOException {
    Path odd = spools.resolve(name);
    assertNothingIsTouched(Files.createFile(odd));
    Files.delete(odd);
    assertNothingIsTouched(Files.createDirectory(odd));
    Files.createFile(odd.resolve("cursor"));
    assertNothingIsTouched(odd);
    Files.delete(odd.resolve("cursor"));
    Files.delete(odd);
    write("whole");
    Path whole = Files.move(SpoolFolder.of(folder, "whole"), folder.resolve("whole"));
    assertNothingIsTouched(Files.createSymbolicLink(odd, whole));
    Files.delete(odd);
    Files.createDirectory(odd);
    Files.createSymbolicLink(odd.resolve("cursor"), whole.resolve("cursor"));
    assertNothingIsTouched(odd);
  }

  @Test
  void somebodyElsesIsLeftThere() throws IOException {
    OtherUser.need();
    write("whole");
    Path odd = Files.move(SpoolFolder.of(folder, "whole"), spools.resolve(".moved.old.new"));
    Files.setAttribute(odd, "unix:uid", OtherUser.ID);
    assertNothingIsTouched(odd);
    Path moving = Files.createDirectory(spools.resolve(".moving"));
    Files.setAttribute(moving, "unix:uid", OtherUser.ID);
    assertNothingIsTouched(moving);
  }

  @Test
  void aWholeOneIsFinished() throws IOException {
    write("whole");
    Path whole = Files.move(SpoolFolder.of(folder, "whole"), spools.resolve(".moved.old.new"));
    new SpoolMove(folder).finish();
    assertThat(SpoolFolder.entries(spools)).containsExactly(SpoolFolder.of(folder, "new"));
    assertThat(whole).doesNotExist();
  }

  @Test
  void whatIsInTheWayOfAWholeOneIsSetAside() throws IOException {
    write("whole");
    Files.move(SpoolFolder.of(folder, "whole"), spools.resolve(".moved.first.second"));
    Path theirs = Files.createDirectory(folder.resolve("theirs"));
    Path file = Files.createFile(theirs.resolve("cursor"));
    Files.createSymbolicLink(spools.resolve("first"), theirs);
    Files.createSymbolicLink(spools.resolve("second"), theirs);
    new SpoolMove(folder).finish();
    assertThat(file).exists();
    assertThat(messages("second")).isEqualTo(5);
  }

  private void assertRefused(String because) throws IOException {
    assertThatThrownBy(() -> new SpoolMove(folder).move("old", "new"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(because);
    assertThat(messages("old")).isEqualTo(5);
    assertThat(messages("new")).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"old", "new"})
  void aLinkIsNotMoved(String name) throws IOException {
    Path spool = SpoolFolder.of(folder, name);
    Files.createSymbolicLink(spool, Files.move(spool, folder.resolve("elsewhere")));
    assertRefused(spool + " is no folder of the agent's user");
  }

  @Test
  void nothingIsCopiedThroughALink() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createSymbolicLink(spools.resolve(".moving"), elsewhere);
    assertRefused(".moving is no folder of the agent's user");
    assertThat(elsewhere).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(strings = {"old", "new", ".moving"})
  void somebodyElsesIsNotMoved(String name) throws IOException {
    OtherUser.need();
    Path theirs = Files.createDirectories(spools.resolve(name));
    Files.setAttribute(theirs, "unix:uid", OtherUser.ID);
    assertRefused(theirs + " is no folder of the agent's user");
  }

  @Test
  void whatHasItsNameIsInTheWay() throws IOException {
    Files.createDirectory(spools.resolve(".moved.old.new"));
    assertRefused(".moved.old.new exists already");
  }

  @Test
  void noOutputHasNoName() {
    assertThatThrownBy(() -> new SpoolMove(folder).move("", "new"))
        .hasMessageContaining("expected the names of two outputs");
    assertThatThrownBy(() -> new SpoolMove(folder).move("old", "old"))
        .hasMessageContaining("expected the names of two outputs");
    assertThat(SpoolFolder.of(folder, "new")).exists();
  }
}
