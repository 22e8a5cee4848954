package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.common.testing.NsqConsumer;
import io.loda.common.testing.Nsqd;
import io.loda.common.testing.NsqdExtension;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process of another user and a few hostile plugins attack the agent for a minute: swaps of
 * folders, links and FIFOs, locks, kills, floods, memory, disk. Five good plugins run beside them
 * and notice nothing, no file of root's is read or changed, and the agent lives on.
 */
@ExtendWith(NsqdExtension.class)
class HostileNeighbourIT {

  private static final int GOOD = 5;
  private static final int HOSTILE = 3;
  private static final String SECRET = "canary-secret";

  /** Of nobody that any system has. */
  private static final String NEIGHBOUR = "58123";

  /** What it has to have done, or nothing was shown. */
  private static final List<String> ATTACKS =
      List.of(
          "swaps",
          "log reads",
          "locks tried",
          "looks",
          "kills tried",
          "posts",
          "bombs",
          "bad requests",
          "wide lines",
          "rounds of slow bodies",
          "rounds of idle connections");

  private static final Duration ATTACK =
      Faults.time(Duration.ofSeconds(60), Duration.ofMinutes(10));

  private static final Pattern RUN =
      Pattern.compile("plugin\\.(good[0-9]),.*result=(\\S+?),.*[ ,]late_ms=([0-9]+)[, ].*");

  private static final Pattern SHARE =
      Pattern.compile(
          "\"name\":\"[^\"]+\",\"cap_bytes\":(?<cap>[0-9]+),\"used_bytes\":(?<used>-?[0-9]+)");

  @TempDir private Path folder;

  @Test
  void goodPluginsAndRootsFilesAreLeftAlone(Nsqd nsqd) throws Exception {
    assumeTrue(
        AgentProcess.run("id", "-u").out().strip().equals("0"),
        "only root can be attacked by another user's processes, and give plugins users");
    Path neighbour = neighbour();
    Map<String, String> canary = canary();
    Path report = neighbour.resolve("report");
    String[] config = {
      items(neighbour),
      """
      http { log-roots = ["%s"] }
      plugins { user = auto, local-roots = ["%s"], max-scratch = 32MiB, limits { memory = 256MiB } }
      outputs { queue { type = nsq, servers = ["%s"] } }
      """
          .formatted(neighbour.resolve("logs"), folder, nsqd.address())
    };
    try (NsqConsumer points = nsqd.consume("collect.test.loda");
        AgentProcess agent = new AgentProcess(folder, config)) {
      Faults.start(agent);
      // no sooner: what is late of itself at the start is another test's
      await()
          .atMost(AgentProcess.PATIENCE)
          .until(() -> runs(points.lines()).keySet().size() == GOOD);
      int before = points.lines().size();
      long stoodBefore = agent.loops().stoodStillMillis();

      Process attacker = attack(agent, neighbour, report);
      assertThat(attacker.waitFor(ATTACK.plusSeconds(60).toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(attacker.exitValue()).as(Files.readString(folder.resolve("attacks"))).isZero();

      assertThat(Files.readString(folder.resolve("attacks"))).contains(ATTACKS);
      await().atMost(AgentProcess.PATIENCE).until(agent::answers);
      assertThatEachShareIsWithinItsCap(agent);
      long stoodStill = agent.loops().stoodStillMillis() - stoodBefore;
      List<String> lines = points.lines();
      assertGoodPluginsRan(lines.subList(before, lines.size()), stoodStill);
      assertThat(lines).noneMatch(line -> line.contains("stolen") || line.contains("forged"));
      assertThat(lines).noneMatch(line -> line.contains(SECRET));
      assertThat(Files.exists(report) ? Files.readString(report) : "").isEmpty();
      assertThat(checksums()).isEqualTo(canary);
      assertThat(agent.log()).doesNotContain(SECRET);

      AgentProcess.Finished stop = agent.command("stop");
      assertThat(stop.exitCode()).as(stop.out()).isZero();
      assertThat(agent.exitCode()).isZero();
      assertThat(agent.leftBehind()).isEmpty();
    }
  }

  /** Each ran at each of its times, was good, and began within a second of it. */
  private static void assertGoodPluginsRan(List<String> lines, long stoodStillMillis) {
    long times = ATTACK.toSeconds() / 10 - 1;
    Map<String, List<Long>> runs = runs(lines);
    for (int i = 0; i < GOOD; i++) {
      String name = "good" + i;
      assertThat(runs.get(name))
          .as("%s of %s", name, runs)
          .hasSizeGreaterThanOrEqualTo((int) times);
      assertThat(runs.get(name))
          .as("late_ms of %s, where the machine stood still for %d ms", name, stoodStillMillis)
          .allMatch(late -> late <= 1_000 + stoodStillMillis);
    }
    assertThat(lines)
        .filteredOn(line -> line.startsWith("plugin.good"))
        .allMatch(line -> line.contains(",result=ok,"));
    assertThat(lines)
        .filteredOn(line -> line.startsWith("PLUGIN.good"))
        .isNotEmpty()
        .allMatch(line -> line.contains(" value=1 "));
  }

  private static void assertThatEachShareIsWithinItsCap(AgentProcess agent) throws Exception {
    Matcher share = SHARE.matcher(agent.get("/me/status").body());
    int shares = 0;
    for (; share.find(); shares++) {
      assertThat(Long.parseLong(share.group("used")))
          .as(share.group())
          .isBetween(0L, Long.parseLong(share.group("cap")));
    }
    assertThat(shares).isGreaterThan(5);
  }

  /** How late each run of a good plugin began, in ms. */
  private static Map<String, List<Long>> runs(List<String> lines) {
    Map<String, List<Long>> runs = new TreeMap<>();
    for (String line : lines) {
      Matcher run = RUN.matcher(line);
      if (run.matches()) {
        runs.computeIfAbsent(run.group(1), name -> new ArrayList<>())
            .add(Long.parseLong(run.group(3)));
      }
    }
    return runs;
  }

  private Process attack(AgentProcess agent, Path neighbour, Path report) throws IOException {
    return new ProcessBuilder(
            "python3",
            resource("neighbour.py", folder.resolve("neighbour.py")).toString(),
            NEIGHBOUR,
            Long.toString(ATTACK.toSeconds()),
            Integer.toString(agent.port()),
            neighbour.toString(),
            agent.dataDir().toString(),
            agent.dataDir().resolve("plugins").toString(),
            report.toString())
        .redirectInput(new File("/dev/null"))
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("attacks").toFile())
        .start();
  }

  /** The folder of another user, with logs that it may swap for others. */
  private Path neighbour() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path neighbour = Files.createDirectory(folder.resolve("neighbour"));
    Path logs = Files.createDirectory(neighbour.resolve("logs"));
    Path secret = folder.resolve("canary/secret");
    Files.createDirectory(logs.resolve("app"));
    Files.writeString(logs.resolve("app/secret"), "a log\n");
    Files.createSymbolicLink(logs.resolve("app.link"), secret.getParent());
    Files.writeString(logs.resolve("file.log"), "a log\n");
    Files.writeString(logs.resolve("other.log"), "a log\n");
    Files.createSymbolicLink(logs.resolve("other.link"), secret);
    run("mkfifo", logs.resolve("file.fifo").toString());
    run("chown", "-hR", NEIGHBOUR + ":" + NEIGHBOUR, neighbour.toString());
    return neighbour;
  }

  private static void run(String... command) throws Exception {
    AgentProcess.Finished finished = AgentProcess.run(command);
    assertThat(finished.exitCode()).as(finished.out()).isZero();
  }

  /** Files of root's; those with a secret in them nobody else may read. */
  private Map<String, String> canary() throws IOException {
    Path canary = Files.createDirectory(folder.resolve("canary"));
    Files.createDirectory(canary.resolve("below"));
    for (int i = 0; i < 500; i++) {
      Files.writeString(canary.resolve("below/file-" + i), "root's " + i + "\n");
    }
    Path secret = canary.resolve("secret");
    Files.writeString(secret, SECRET + "\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    return checksums();
  }

  /** Each file with its mode, owner and content. */
  private Map<String, String> checksums() throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(folder.resolve("canary"))) {
      for (Path path : paths.toList()) {
        Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,uid,gid,nlink");
        all.put(
            path.toString(),
            new TreeMap<>(attributes) + (Files.isRegularFile(path) ? Files.readString(path) : ""));
      }
    }
    return all;
  }

  private String items(Path neighbour) throws IOException {
    StringBuilder items = new StringBuilder();
    for (int i = 0; i < GOOD; i++) {
      plugin(
          "good" + i,
          """
          #!/bin/sh
          # what it left in its folder is there, and nobody else's
          n=$(cat "$PLUGIN_SCRATCH/n" 2>/dev/null || echo 0)
          others=$(ls -A "$PLUGIN_SCRATCH" | grep -vcx n)
          echo $((n + 1)) >"$PLUGIN_SCRATCH/n" || exit 1
          [ "$others" = 0 ] && alive=1 || alive=0
          echo "[{\\"name\\":\\"alive\\",\\"value\\":$alive}]"
          """);
      items.append(item("good" + i, "10", ""));
    }
    for (int i = 0; i < HOSTILE; i++) {
      Path script = plugin("hostile" + i, "");
      Files.delete(script);
      resource("plugin.py", script);
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
      items.append(item("hostile" + i, "10", i * 3 + " " + folder.resolve("canary")));
    }
    plugin("hangs", "#!/bin/sh\nexec sleep 1000\n");
    items.append(item("hangs", "0", ""));
    plugin("floods", "#!/bin/sh\nexec yes 'a v=1'\n");
    items.append(
        """
        { measurement_type = LOG, name = LOG.other, file_path = "%s/logs/other.log", interval = 10,
          pattern = ".*", func = cnt, tags = x, tag_x = "^(.*)$" }
        { measurement_type = LOG, name = LOG.fifo, file_path = "%s/logs/file.log", interval = 10,
          pattern = ".*", func = cnt }
        { measurement_type = FS, name = fs.files.rw, interval = 10 }
        """
            .formatted(neighbour, neighbour));
    Path registry = Files.createDirectories(folder.resolve("registry"));
    Files.writeString(registry.resolve("test.loda.conf"), "[ " + items + " ]\n");
    Files.writeString(
        registry.resolve("flood.loda.conf"),
        "[ " + item("floods", "10", "").replace("}", ", mode = stream }") + " ]\n");
    return "registry { type = directory, directory { path = \"" + registry + "\" } }";
  }

  private String item(String name, String interval, String parameters) {
    return """
        { measurement_type = PLUGIN, name = PLUGIN.%s, git = "path:%s", interval = %s, parameters = "%s" }
        """
        .formatted(name, folder.resolve(name), interval, parameters);
  }

  private Path plugin(String name, String script) throws IOException {
    Path plugin = Files.createDirectory(folder.resolve(name));
    Path file = plugin.resolve("plugin.sh");
    Files.writeString(file, script);
    for (Path path : List.of(plugin, file)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return file;
  }

  private static Path resource(String name, Path target) throws IOException {
    try (InputStream in = HostileNeighbourIT.class.getResourceAsStream("/hostile/" + name)) {
      Files.copy(Objects.requireNonNull(in, name), target);
    }
    return target;
  }
}
