package io.loda.agent.source.script.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.AgentConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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
    return ids(file, count);
  }

  private PluginIds ids(Path kept, long count) {
    return new PluginIds(
        kept, new AgentConfig.IdRange(FIRST, FIRST + count - 1), system(), claims());
  }

  private SystemIds system() {
    return new SystemIds(etc, proc, (database, asked) -> "");
  }

  private IdClaims claims() {
    return IdClaims.in(folder.resolve("claims"));
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

  /** The folder of one that nobody may trace is root's. */
  @Test
  void noIdOfARunningProcessIsTaken() throws Exception {
    Files.writeString(
        Files.createDirectory(proc.resolve("17")).resolve("status"),
        "Name:\tx\nUid:\t" + FIRST + "\t1\t1\t1\nGid:\t1\t1\t" + (FIRST + 1) + "\t1\nGroups:\t1\n");
    Files.createDirectory(proc.resolve("18"));

    assertThat(ids(3).of("ns|one")).isEqualTo(FIRST + 2);
    assertThatThrownBy(() -> ids(2).of("ns|two"))
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

  /** Its plugin may have left something on the host. */
  @Test
  void anIdThatWasGivenBackIsGivenAgainAfterAllOthers() throws Exception {
    PluginIds ids = ids(3);
    long first = ids.of("ns|one");
    long second = ids.of("ns|two");
    ids.forget(Set.of("ns|one"));
    ids.forget(Set.of("ns|two"));
    PluginIds later = ids(3);

    long third = later.of("ns|one");

    assertThat(third).isNotIn(first, second);
    assertThat(later.of("ns|three")).isEqualTo(first);
    assertThat(later.of("ns|two")).isEqualTo(second);
  }

  @Test
  void twoAgentsOfOneHostGiveNoIdTwice() throws Exception {
    PluginIds ids = ids(2);
    PluginIds another = ids(folder.resolve("another/plugin-ids"), 2);

    assertThat(Set.of(ids.of("ns|one"), another.of("ns|one"))).hasSize(2);
    assertThatThrownBy(() -> ids.of("ns|two")).hasMessageContaining("process or other agent uses");
    another.close();
    assertThat(ids.of("ns|two")).isBetween(FIRST, FIRST + 1);
  }

  @Test
  void whatAnotherAgentTookMeanwhileIsGivenToNobodyElse() throws Exception {
    PluginIds before = ids(2);
    long first = before.of("ns|one");
    before.close();
    Process other =
        new ProcessBuilder(
                "/usr/bin/python3",
                "-c",
                """
                import fcntl, sys
                f = open(sys.argv[1], 'r+')
                fcntl.lockf(f, fcntl.LOCK_EX, 1, int(sys.argv[2]))
                print(flush=True)
                sys.stdin.read()
                """,
                folder.resolve("claims").toString(),
                Long.toString(first))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(other.getInputStream().read()).isEqualTo('\n');

      assertThat(ids(2).of("ns|one")).isNotEqualTo(first).isBetween(FIRST, FIRST + 1);
    } finally {
      other.destroyForcibly();
    }
  }

  /** A name service may take its time. */
  @Test
  void whoHasAnIdWaitsForNobodyWhoChoosesOne() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    AtomicInteger asks = new AtomicInteger();
    ids(600).of("ns|known");
    PluginIds ids =
        new PluginIds(
            file,
            new AgentConfig.IdRange(FIRST, FIRST + 599),
            new SystemIds(
                etc,
                proc,
                (database, wanted) -> {
                  asks.incrementAndGet();
                  asked.countDown();
                  try {
                    answer.await();
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                  return "";
                }),
            claims());
    ExecutorService many = Executors.newFixedThreadPool(32);
    try {
      List<Future<Long>> chosen = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        String key = "ns|" + i;
        chosen.add(many.submit(() -> ids.of(key)));
      }
      asked.await();

      assertThat(ids.of("ns|known")).isBetween(FIRST, FIRST + 599);

      answer.countDown();
      Set<Long> all = new TreeSet<>(Set.of(ids.of("ns|known")));
      for (Future<Long> one : chosen) {
        all.add(one.get(60, TimeUnit.SECONDS));
      }
      assertThat(all).hasSize(501);
      assertThat(ids(600).all()).isEqualTo(all);
      // of passwd and group, for a block of ids each
      assertThat(asks).hasValueLessThanOrEqualTo(8);
    } finally {
      answer.countDown();
      many.shutdownNow();
    }
  }

  @Test
  void anIdThatCannotBeKeptIsNotGivenAndTheOthersKeepTheirs() throws Exception {
    PluginIds ids = ids(3);
    long one = ids.of("ns|one");
    Path data = file.getParent();
    Files.move(data, folder.resolve("aside"));
    Files.createFile(data);

    assertThatThrownBy(() -> ids.of("ns|two")).isInstanceOf(IOException.class);
    assertThat(ids.of("ns|one")).isEqualTo(one);

    Files.delete(data);
    assertThat(ids.of("ns|two")).isNotEqualTo(one);
    assertThat(ids(3).all()).hasSize(2);
  }

  @Test
  void noIdThatANameServiceKnowsIsTaken() throws Exception {
    PluginIds ids =
        new PluginIds(
            file,
            new AgentConfig.IdRange(FIRST, FIRST + 2),
            new SystemIds(
                etc,
                proc,
                (database, wanted) ->
                    database.equals("group")
                        ? "a:x:" + (FIRST + 1) + ":\n"
                        : "b:x:" + FIRST + ":7::/:/bin/sh\n"),
            claims());

    assertThat(ids.of("ns|one")).isEqualTo(FIRST + 2);
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
