package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.Nsqd;
import io.loda.common.testing.NsqdExtension;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every share of the memory at its cap at once, with the heap and the options that each profile
 * has: the agent lives, says no where there is no more, and is afterwards as small as it was.
 */
@ExtendWith(NsqdExtension.class)
class BudgetIT {

  private static final int LARGE = 10;
  private static final long BACK_BYTES = 10_000_000;
  private static final Pattern SHARE =
      Pattern.compile("\"cap_bytes\":(?<cap>[0-9]+),\"used_bytes\":(?<used>-?[0-9]+)");
  private static final Pattern USED = Pattern.compile("\"heap_used_bytes\":([0-9]+)");

  /** Prints all that it may in the same second as the others. */
  private static final String AT_ONCE =
      "s=$(date +%s); sleep $((5 - s % 5)); yes 'a v=1' | head -c 1048572";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"small", "gateway"})
  void everyCapAtOnce(String profile) throws Exception {
    Path logs = Files.createDirectory(folder.resolve("logs"));
    Path zeros = logs.resolve("zeros");
    try (RandomAccessFile file = new RandomAccessFile(zeros.toFile(), "rw")) {
      file.setLength(8 << 20);
    }
    Path plugins = Files.createDirectory(folder.resolve("plugins"));
    for (int i = 0; i < LARGE; i++) {
      plugin(plugins.resolve("large" + i), AT_ONCE);
      plugin(plugins.resolve("byhand" + i), "sleep 1; yes 'b v=1' | head -c 1048572");
      plugin(plugins.resolve("stream" + i), "exec yes 'c v=1'");
    }
    try (Nsqd nsqd = Nsqd.prepare();
        ChangingRegistry registry = new ChangingRegistry();
        AgentProcess agent = agent(profile, registry, nsqd, logs)) {
      String few = few(plugins);
      registry.answer("first.loda", few);
      registry.answer("second.loda", few(folder.resolve("nothing")));
      Faults.start(agent);
      await().atMost(AgentProcess.PATIENCE).until(() -> registry.asked("second.loda") >= 3);
      long idle = heapUsed(agent);

      try (EveryCap load = new EveryCap(agent.port(), zeros, plugins)) {
        load.start();
        for (String namespace : new String[] {"first.loda", "second.loda"}) {
          registry.answer(
              namespace,
              list(9_900, 420, few, i -> port("a" + i)),
              list(9_900, 300, few, i -> port("b" + i)),
              list(10_001, 200, few, i -> port("c" + i)),
              list(9_900, 440, few, i -> port("d" + i)));
        }
        int asked = registry.asked("second.loda");
        await()
            .atMost(AgentProcess.PATIENCE)
            .failFast("the agent ended", () -> !agent.runs())
            .untilAsserted(
                () -> {
                  assertThat(registry.asked("second.loda")).isGreaterThan(asked + 8);
                  for (int status : new int[] {413, 429, 503}) {
                    assertThat(load.answered(status)).as("%s", load.answers()).isPositive();
                  }
                  assertThat(agent.log())
                      .contains("at most 10000 items (registry.max-items)")
                      .contains("fit into the memory for assignments")
                      .contains("dropped so far (buffer-full)");
                });
        registry.answer("first.loda", few);
        registry.answer("second.loda", few(folder.resolve("nothing")));
      }
      nsqd.start();
      int asked = registry.asked("second.loda");
      await().atMost(AgentProcess.PATIENCE).until(() -> registry.asked("second.loda") >= asked + 2);
      await()
          .atMost(AgentProcess.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(heapUsed(agent))
                      .as("idle was %d", idle)
                      .isLessThan(idle + BACK_BYTES));
      // the same process: nobody has started another
      assertThat(agent.runs()).isTrue();
      // what was taken was given back, and no more than that
      Matcher share = SHARE.matcher(agent.get("/me/status").body());
      while (share.find()) {
        assertThat(Long.parseLong(share.group("used")))
            .as(share.group())
            .isBetween(0L, Long.parseLong(share.group("cap")));
      }
      assertThat(agent.log()).doesNotContain("OutOfMemory").doesNotContain("OutOfDirectMemory");
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
    }
  }

  private AgentProcess agent(String profile, ChangingRegistry registry, Nsqd nsqd, Path logs)
      throws IOException {
    return new AgentProcess(
            folder,
            """
            agent { profile = %s
            }
            http { log-roots = ["%s"] }
            registry { type = http, http { url = "%s" }, poll-interval = 1s }
            outputs { queue { type = nsq, servers = ["%s"] } }
            delivery { durability = memory }
            """
                .formatted(profile, logs, registry.url(), nsqd.address()))
        .javaOptions(System.getProperty("budget.java", "").split(" "));
  }

  /** What is left after a collection, which the agent is asked for. */
  private static long heapUsed(AgentProcess agent) throws Exception {
    String jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
    AgentProcess.run(jcmd, Long.toString(agent.pid()), "GC.run");
    HttpResponse<String> status = agent.get("/me/status");
    Matcher used = USED.matcher(status.body());
    assertThat(used.find()).as(status.body()).isTrue();
    return Long.parseLong(used.group(1));
  }

  private static void plugin(Path plugin, String script) throws IOException {
    Files.createDirectory(plugin);
    Path program = Files.writeString(plugin.resolve("plugin.sh"), "#!/bin/sh\n" + script + "\n");
    for (Path path : new Path[] {plugin.getParent(), plugin, program}) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private static String few(Path plugins) {
    return IntStream.range(0, LARGE)
        .mapToObj(
            i ->
                item(plugins, "large" + i, "\"interval\":\"10\"")
                    + ","
                    + item(plugins, "byhand" + i, "\"interval\":\"0\""))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String item(Path plugins, String name, String more) {
    return "{\"measurement_type\":\"PLUGIN\",\"name\":\"PLUGIN.%s\",\"git\":\"path:%s/%s\",%s}"
        .formatted(name, plugins, name, more);
  }

  private static String port(String name) {
    return "{\"measurement_type\":\"PORT\",\"name\":\"PORT.%s\",\"interval\":\"86400\",\"port\":\"1\"}"
        .formatted(name);
  }

  /** So many items beside these few, with so many bytes each. */
  private static String list(int count, int bytes, String few, IntFunction<String> item) {
    StringBuilder list = new StringBuilder(few).deleteCharAt(few.length() - 1);
    for (int i = 2 * LARGE; i < count; i++) {
      int start = list.length();
      String one = item.apply(i);
      list.append(',').append(one, 0, one.length() - 1);
      for (int n = 0; list.length() - start < bytes - 12; n++) {
        list.append(",\"k").append(n).append("\":\"").append(n).append('"');
      }
      list.append('}');
    }
    return list.append(']').toString();
  }
}
