package io.loda.agent.builtin.log;

import static io.loda.agent.builtin.FakeHost.values;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import io.loda.common.files.Attacker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogSamplerTest {
  private final FakeHost fake;
  private final Path log;

  LogSamplerTest(@TempDir Path folder) throws IOException {
    fake = new FakeHost(folder);
    log = Files.createDirectories(fake.host().root().resolve("var/log")).resolve("app.log");
  }

  private void write(String text) throws IOException {
    Files.writeString(log, text, CREATE, APPEND);
  }

  private Sampler open(String pattern, String... more) {
    Map<String, String> item = fake.parameters(more);
    item.put("name", "LOG.x");
    item.put("file_path", "/var/log/app.log");
    item.put("pattern", pattern);
    return new LogPlugin().open(item);
  }

  private static double count(Sampler sampler) throws Exception {
    return sampler.collect().stream().mapToDouble(metric -> (double) metric.value()).sum();
  }

  @Test
  void countsNewLinesThatMatchFromTheEndOfAFileItNeverSaw() throws Exception {
    write("error old\n");
    Sampler sampler = open("err(or)?");
    assertThat(values(sampler.collect())).containsOnly(entry("LOG.x", 0.0));

    write("error a\nfine\nan err b\nerror unfini");
    assertThat(values(sampler.collect())).containsOnly(entry("LOG.x", 2.0));
    write("shed\n");
    assertThat(values(sampler.collect())).containsOnly(entry("LOG.x", 1.0));
  }

  @Test
  void twoNamespacesWithAnItemOfOneNameEachCountAllLinesAlsoOverARestart() throws Exception {
    write("error\n");
    Sampler one = open("error", AgentParameters.NAMESPACE, "one.ns");
    Sampler two = open("error", AgentParameters.NAMESPACE, "two.ns");
    write("error\nerror\n");
    assertThat(count(one)).isEqualTo(2);
    assertThat(count(two)).isEqualTo(2);

    write("error\n");
    assertThat(count(one)).isEqualTo(1);
    one.close();
    two.close();
    two = open("error", AgentParameters.NAMESPACE, "two.ns");
    assertThat(count(two)).as("counted by the other only").isEqualTo(1);
  }

  @Test
  void goesOnWhereAnAgentStoppedThatKeptNoNamespace() throws Exception {
    write("error\n");
    Sampler before = open("error");
    write("error\n");
    assertThat(count(before)).isEqualTo(1);
    before.close();

    write("error\nerror\n");
    assertThat(count(open("error", AgentParameters.NAMESPACE, "one.ns"))).isEqualTo(2);
  }

  private Sampler open(Path file) {
    Map<String, String> item = fake.parameters();
    item.put(AgentParameters.HOST_ROOT, "/");
    item.put("name", "LOG.x");
    item.put("file_path", file.toString());
    item.put("pattern", ".*");
    item.put("tags", "all");
    item.put("tag_all", "^(.*)$");
    return new LogPlugin().open(item);
  }

  private Path elsewhere() throws IOException {
    Path top = fake.host().root().resolveSibling("");
    Path folder = Files.createDirectories(top.resolve("elsewhere"));
    for (Path one : List.of(top, folder)) {
      Files.setAttribute(one, "unix:mode", 0755);
    }
    return folder;
  }

  @Test
  void readsElsewhereWhatEveryUserMayRead() throws Exception {
    Path file = Files.writeString(elsewhere().resolve("app.log"), "");
    Files.setAttribute(file, "unix:mode", 0644);
    Sampler sampler = open(file);
    Files.writeString(file, "one\n", APPEND);
    assertThat(count(sampler)).isEqualTo(1);

    Files.setAttribute(file, "unix:mode", 0640);
    assertThatThrownBy(sampler::collect)
        .hasMessageContaining("not every user of the host may read it: " + file + " has mode 0640")
        .hasMessageContaining("Add its folder to http.log-roots");
    Files.setAttribute(file, "unix:mode", 0644);
    Files.setAttribute(file.getParent(), "unix:mode", 0750);
    assertThatThrownBy(sampler::collect)
        .hasMessageContaining("the folder " + file.getParent() + " has mode 0750");
  }

  @Test
  void readsNothingThatAnothersLinkLeadsTo() throws Exception {
    Attacker.assumePossible();
    Path secret = Files.writeString(log.resolveSibling("secret"), "root:secret\n");
    Files.setAttribute(secret, "unix:mode", 0600);
    Path theirs = Attacker.folder(elsewhere().resolve("theirs"));
    Attacker.sh("ln -s \"$1\" \"$2\"/link; mkfifo \"$2\"/pipe", secret, theirs);

    assertThatThrownBy(() -> open(theirs.resolve("link")).collect())
        .hasMessageContaining(theirs + "/link isn't followed");
    assertThatThrownBy(() -> open(theirs.resolve("pipe")).collect())
        .hasMessageContaining("is a named pipe");
  }

  @Test
  void countsNothingThatIsSwappedIn() throws Exception {
    Attacker.assumePossible();
    Path secret = Files.writeString(log.resolveSibling("secret"), "root:secret\n");
    Files.setAttribute(secret, "unix:mode", 0600);
    Path theirs = Attacker.folder(elsewhere().resolve("theirs"));
    Attacker.sh("echo log > \"$2\"/a; ln -s \"$1\" \"$2\"/b", secret, theirs);
    Path file = theirs.resolve("a");
    Set<String> tags = new HashSet<>();
    int answered = 0;

    try (Attacker swapping = Attacker.swapping(file, theirs.resolve("b"))) {
      Sampler sampler = open(file);
      for (int i = 0; i < 500; i++) {
        try {
          sampler.collect().forEach(metric -> tags.addAll(metric.tags().values()));
          answered++;
        } catch (IOException e) {
          // it was the link's turn
        }
      }
      swapping.requireAlive();
    }

    assertThat(answered).isPositive();
    assertThat(tags).doesNotContain("root:secret");
  }

  @Test
  void readsAFileThatAppearsLaterFromItsBeginning() throws Exception {
    Sampler sampler = open("x");
    assertThat(count(sampler)).isZero();
    write("x\nx\n");
    assertThat(count(sampler)).isEqualTo(2);
  }

  @Test
  void givesOnePointForEachCombinationOfTags() throws Exception {
    write("");
    Sampler sampler =
        open("Out of memory", "tags", "service", "tag_service", "kill process \\d+ \\((\\S+)\\)");
    write(
        """
        Out of memory: kill process 12 (nsqd) score 1
        Out of memory: kill process 13 (java) score 1
        Out of memory: kill process 14 (nsqd) score 1
        Out of memory
        """);

    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("LOG.x{service=nsqd}", 2.0),
            entry("LOG.x{service=java}", 1.0),
            entry("LOG.x", 1.0));
  }

  @Test
  void putsWhatIsBeyondAHundredCombinationsTogether() throws Exception {
    write("");
    Sampler sampler = open("id", "tags", "id", "tag_id", "id=(\\d+)");
    for (int i = 0; i < 150; i++) {
      write("id=" + i + "\n");
    }

    assertThat(sampler.collect())
        .hasSize(101)
        .contains(Metric.of("LOG.x", 50, "id", "other"), Metric.of("LOG.x", 1, "id", "99"));
  }

  @Test
  void computesOverANumber() throws Exception {
    write("");
    for (Map.Entry<String, Double> f :
        Map.of("sum", 9.0, "avg", 3.0, "max", 5.5, "min", 0.5).entrySet()) {
      Sampler sampler = open("took (\\S+) " + f.getKey(), "func", f.getKey());
      String lines = "took 3 %1$s\ntook 0.5 %1$s\ntook long %1$s\ntook 5.5 %1$s\n";
      write(lines.formatted(f.getKey()));
      assertThat(values(sampler.collect())).containsOnly(entry("LOG.x", f.getValue()));
      assertThat(sampler.collect()).isEmpty();
    }
  }

  @Test
  void looksAtTheFirst64KilobytesOfALine() throws Exception {
    write("");
    Sampler sampler = open("x");
    write("x".repeat(300_000));
    assertThat(count(sampler)).isEqualTo(1);
    write("x".repeat(300_000) + "\nx\n" + "a".repeat(70_000) + "x\n");
    assertThat(count(sampler)).isEqualTo(1);
  }

  @Test
  void readsTenMebibytesAtOnceAndTheRestTheNextTime() throws Exception {
    write("");
    Sampler sampler = open("x");
    write(("x".repeat(1023) + "\n").repeat(12 * 1024));
    assertThat(count(sampler)).isEqualTo(10 * 1024);
    assertThat(count(sampler)).isEqualTo(2 * 1024);
  }

  @Test
  void cutsACatastrophicPatternOff() throws Exception {
    write("");
    Sampler sampler = open("(a+)+$|fine");
    write("a".repeat(40) + "!\nfine\n");
    long startedAt = System.nanoTime();
    assertThat(count(sampler)).isEqualTo(1);
    // and not for ever
    assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void missesNothingAndCountsNothingTwiceOverRotationsAndRestarts() throws Exception {
    write("");
    Sampler sampler = open("line");
    double counted = 0;
    int written = 0;
    for (int step = 0; step < 1000; step++) {
      write("one line\n".repeat(100).replaceAll("(?m)^", "step " + step + " "));
      written += 100;
      if (step % 200 == 77) {
        written += rotate(step);
      }
      if (step % 200 == 99) {
        counted += rest(sampler);
        Files.writeString(log, ""); // what was read is truncated away, and the file grows again
        write("one line\n".repeat(100).replaceAll("(?m)^", "after " + step + " "));
        written += 100;
      }
      if (step == 333 || step == 666) {
        if (step == 666) {
          sampler.close(); // the other one is killed
        }
        sampler = open("line");
      }
      if (step % 7 == 0) {
        counted += count(sampler);
      }
    }
    assertThat(counted + rest(sampler)).isEqualTo(written);
  }

  /** Of several looks: one has two seconds, which may pass while the machine stands still. */
  private static double rest(Sampler sampler) throws Exception {
    double counted = 0;
    for (int look = 0; look < 5; look++) {
      counted += count(sampler);
    }
    return counted;
  }

  /** Renames the file, every second time twice between two looks, and says how many lines more. */
  private int rotate(int step) throws IOException {
    moveTo("app.log." + step, step);
    if (step % 400 != 77) {
      return 0;
    }
    write("a line\n");
    moveTo("app.log." + step + ".1", step + 1);
    write("a line\n");
    return 2;
  }

  private void moveTo(String name, int seconds) throws IOException {
    Path to = Files.move(log, log.resolveSibling(name));
    Files.setLastModifiedTime(to, FileTime.from(Instant.ofEpochSecond(1_700_000_000L + seconds)));
  }

  @Test
  void takesNoOtherLogForARotatedOne() throws Exception {
    write("");
    Sampler sampler = open("x");
    write("x\n");
    moveTo("app.log.1", 0);
    Files.writeString(log.resolveSibling("app.log-debug"), "x\nx\n");
    write("x\n");

    assertThat(count(sampler)).isEqualTo(2);
  }

  @Test
  void refusesWhatCantBeFollowed() {
    assertThatThrownBy(() -> open("a(b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("pattern: expected a regular expression, found \"a(b\"");
    assertThatThrownBy(() -> open("x", "func", "median"))
        .hasMessage("func: expected cnt, sum, avg, max or min, found \"median\"");
    assertThatThrownBy(() -> open("x", "func", "sum"))
        .hasMessage("pattern: expected a group that holds the number, found \"x\"");
    assertThatThrownBy(() -> open("x", "tags", "a,b", "tag_a", "(x)"))
        .hasMessage("tag_b: expected a value, found none");
    Map<String, String> item =
        fake.parameters("name", "LOG.x", "pattern", "x", "file_path", "/var/log");
    assertThatThrownBy(() -> new LogPlugin().open(item))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("file_path: expected a file, found the directory");
  }
}
