package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.AgentConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ids that nobody else has: chosen by name, kept, given back. */
class PluginIdsTest {

  /** Beyond what any test machine's users and processes have. */
  private static final long FIRST = 3_900_000_000L;

  @TempDir private Path folder;

  private Path file;
  private Path etc;
  private Path proc;

  @BeforeEach
  void make() throws IOException {
    file = folder.resolve("data/plugin-ids");
    etc = Files.createDirectory(folder.resolve("etc"));
    proc = Files.createDirectory(folder.resolve("proc"));
  }

  private PluginIds ids(long count) {
    return new PluginIds(file, new AgentConfig.IdRange(FIRST, FIRST + count - 1), etc, proc);
  }

  @Test
  void anIdStaysItsPluginsOverARestart() throws Exception {
    PluginIds ids = ids(100);
    long one = ids.of("ns|one");
    long other = ids.of("ns|other");

    assertThat(one).isNotEqualTo(other).isBetween(FIRST, FIRST + 99);
    assertThat(ids.of("ns|one")).isEqualTo(one);
    assertThat(ids(100).of("ns|other")).isEqualTo(other);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aHostThatIsSetUpAgainComesToTheSameIds() throws Exception {
    long one = ids(1000).of("ns|one");
    Files.delete(file);

    ids(1000).of("ns|another");

    assertThat(ids(1000).of("ns|one")).isEqualTo(one);
  }

  @Test
  void noIdOfAUserOrAGroupIsTaken() throws Exception {
    Files.writeString(etc.resolve("passwd"), "a:x:" + FIRST + ":0::/:/bin/sh\nbroken line\n");
    Files.writeString(etc.resolve("group"), "b:x:" + (FIRST + 1) + ":\n");

    assertThat(ids(3).of("ns|one")).isEqualTo(FIRST + 2);
  }

  @Test
  void aPluginWhoseIdAUserGotMeanwhileGetsAnother() throws Exception {
    long before = ids(2).of("ns|one");
    Files.writeString(etc.resolve("passwd"), "a:x:" + before + ":0::/:/bin/sh\n");

    assertThat(ids(2).of("ns|one")).isNotEqualTo(before).isBetween(FIRST, FIRST + 1);
  }

  @Test
  void noIdOfARunningProcessIsTaken() throws Exception {
    // processes are folders whose owner is their user
    long own = PluginUser.ownerOf(Files.createDirectory(proc.resolve("17")));

    assertThatThrownBy(
            () ->
                new PluginIds(
                        file,
                        new AgentConfig.IdRange(Math.max(1, own), Math.max(1, own)),
                        etc,
                        proc)
                    .of("ns|one"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("plugins.user-ids: expected an id that no plugin");
  }

  @Test
  void whereNoneIsFreeItSaysSoAndTheOthersKeepTheirs() throws Exception {
    PluginIds ids = ids(2);
    Set<Long> given = new TreeSet<>(Set.of(ids.of("ns|one"), ids.of("ns|two")));

    assertThat(given).containsExactly(FIRST, FIRST + 1);
    assertThatThrownBy(() -> ids.of("ns|three"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found none in " + FIRST + "-" + (FIRST + 1) + "; widen it");
    assertThat(ids.of("ns|two")).isIn(given);
  }

  @Test
  void whatIsGoneForGoodGivesItsIdBack() throws Exception {
    PluginIds ids = ids(1);
    ids.of("ns|one");

    ids.forget(Set.of("ns|one", "ns|unknown"));

    assertThat(ids.of("ns|two")).isEqualTo(FIRST);
    assertThat(file).content().isEqualTo(FIRST + " ns|two\n");
  }

  @Test
  void aLineThatNobodyCanReadIsLeftOut() throws Exception {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "x\n\n" + FIRST + " ns|one\n" + FIRST + " ns|twice\n12 ns|outside\n");

    PluginIds ids = ids(3);

    assertThat(ids.of("ns|one")).isEqualTo(FIRST);
    assertThat(ids.of("ns|outside")).isBetween(FIRST + 1, FIRST + 2);
  }
}
