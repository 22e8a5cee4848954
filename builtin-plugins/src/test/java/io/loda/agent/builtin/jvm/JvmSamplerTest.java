package io.loda.agent.builtin.jvm;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.assertj.core.api.InstanceOfAssertFactories.DOUBLE;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.plugin.Sampler;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class JvmSamplerTest {
  private final FakeHost fake;
  private final Path user;

  JvmSamplerTest(@TempDir Path folder) throws IOException {
    fake = new FakeHost(folder);
    fake.proc("71/stat", "").proc("72/stat", "");
    user = Files.createDirectories(fake.host().root().resolve("tmp/hsperfdata_app"));
  }

  /** A file as a JVM writes it, with so many bytes in each space. */
  private static byte[] counters(ByteOrder order, String command, long bytes, long ticks) {
    ByteArrayOutputStream entries = new ByteArrayOutputStream();
    entries.writeBytes(counter(order, "sun.os.hrt.frequency", 1_000_000L));
    entries.writeBytes(counter(order, "sun.gc.generation.0.space.0.used", bytes));
    entries.writeBytes(counter(order, "sun.gc.generation.0.space.1.used", bytes));
    entries.writeBytes(counter(order, "sun.gc.generation.1.space.0.used", bytes));
    entries.writeBytes(counter(order, "sun.gc.generation.0.maxCapacity", 1000));
    entries.writeBytes(counter(order, "sun.gc.generation.1.maxCapacity", 2000));
    entries.writeBytes(counter(order, "sun.gc.metaspace.used", 77));
    entries.writeBytes(counter(order, "sun.gc.collector.0.time", ticks));
    entries.writeBytes(counter(order, "sun.gc.collector.1.time", ticks));
    entries.writeBytes(counter(order, "sun.gc.collector.0.invocations", ticks / 1000));
    entries.writeBytes(text(order, "sun.rt.javaCommand", command));
    ByteBuffer file = ByteBuffer.allocate(32 + entries.size() + 100);
    file.putInt(0xcafec0c0);
    file.put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 1 : 0)).put((byte) 2).put((byte) 0);
    file.put((byte) 1).order(order).putInt(entries.size()).putInt(0).putLong(5);
    file.putInt(32).putInt(11).put(entries.toByteArray());
    return file.array();
  }

  private static byte[] counter(ByteOrder order, String name, long value) {
    ByteBuffer data = ByteBuffer.allocate(8).order(order).putLong(value);
    return counter(order, name, 'J', 0, data.array());
  }

  private static byte[] text(ByteOrder order, String name, String value) {
    byte[] data = (value + "\0\0\0").getBytes(StandardCharsets.UTF_8);
    return counter(order, name, 'B', data.length, data);
  }

  private static byte[] counter(
      ByteOrder order, String name, char type, int elements, byte[] data) {
    byte[] padded = new byte[(name.length() + 8) / 8 * 8 + 4]; // data at a multiple of 8
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, padded, 0, bytes.length);
    int length = 20 + padded.length + data.length;
    return ByteBuffer.allocate(length)
        .order(order)
        .putInt(length)
        .putInt(20)
        .putInt(elements)
        .put((byte) type)
        .put((byte) 0)
        .put((byte) 1)
        .put((byte) 2)
        .putInt(20 + padded.length)
        .put(padded)
        .put(data)
        .array();
  }

  private JvmSampler sampler() {
    JvmSampler sampler = new JvmSampler(fake.host(), () -> fake.nanoTime);
    return Samplers.begun(sampler);
  }

  @Test
  @Timeout(30)
  void waitsForNoPipeAndFollowsNoLink() throws Exception {
    new ProcessBuilder("mkfifo", user.resolve("71").toString()).start().waitFor();
    Path elsewhere = Files.createDirectory(user.resolveSibling("elsewhere"));
    Files.write(elsewhere.resolve("72"), counters(ByteOrder.BIG_ENDIAN, "com.x.Main", 10, 5000));
    Files.createSymbolicLink(user.resolve("72"), elsewhere.resolve("72"));
    Files.createSymbolicLink(user.resolveSibling("hsperfdata_link"), elsewhere);

    assertThat(sampler().collect()).isEmpty();
  }

  @Test
  void givesHeapAndCollectionsOfEachProgram() throws IOException {
    String command = "/opt/shop/shop.jar --password secret";
    Files.write(user.resolve("71"), counters(ByteOrder.LITTLE_ENDIAN, command, 1L << 33, 5000));
    Files.write(user.resolve("72"), counters(ByteOrder.BIG_ENDIAN, "com.x.Main", 10, 5000));
    JvmSampler sampler = sampler();
    fake.pass(10);
    Files.write(user.resolve("71"), counters(ByteOrder.LITTLE_ENDIAN, command, 1L << 33, 105_000));

    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("jvm.heap.used{pid=71, program=shop.jar}", (double) (3L << 33)),
            entry("jvm.heap.max{pid=71, program=shop.jar}", 3000.0),
            entry("jvm.gc.time{pid=71, program=shop.jar}", 20.0),
            entry("jvm.gc.count{pid=71, program=shop.jar}", 10.0),
            entry("jvm.heap.used{pid=72, program=com.x.Main}", 30.0),
            entry("jvm.heap.max{pid=72, program=com.x.Main}", 3000.0),
            entry("jvm.gc.time{pid=72, program=com.x.Main}", 0.0),
            entry("jvm.gc.count{pid=72, program=com.x.Main}", 0.0));
  }

  @Test
  void findsServicesWithATmpOfTheirOwn() throws IOException {
    Path own = user.resolveSibling("systemd-private-1-tomcat.service-x/tmp/hsperfdata_tomcat");
    Files.createDirectories(own);
    Files.write(own.resolve("71"), counters(ByteOrder.LITTLE_ENDIAN, "x.Main", 10, 1));

    assertThat(values(sampler().collect())).containsKey("jvm.heap.used{pid=71, program=x.Main}");
  }

  @Test
  void leavesOutWhatIsNoLivingJvms() throws IOException {
    byte[] good = counters(ByteOrder.LITTLE_ENDIAN, "x.Main", 10, 1);
    Files.write(user.resolve("99"), good); // no such process
    Files.write(user.resolve("71"), Arrays.copyOf(good, 60));
    Files.createSymbolicLink(user.resolve("72"), Files.write(user.resolve("elsewhere"), good));
    Files.createSymbolicLink(user.resolveSibling("hsperfdata_link"), user);

    assertThat(sampler().collect()).isEmpty();
  }

  /** Else a file of 1 MiB could say 30,000 texts of 1 MiB each, and any user may put one there. */
  @Test
  void takesNoFileWhoseEntriesOverlap() throws IOException {
    int entries = 50;
    int length = 24;
    ByteBuffer file = ByteBuffer.allocate(10_000);
    file.putInt(0xcafec0c0).put((byte) 1).put((byte) 2).put((byte) 0).put((byte) 1);
    file.order(ByteOrder.LITTLE_ENDIAN).position(24);
    file.putInt(32).putInt(entries);
    int texts = 32 + entries * length;
    for (int i = 0; i < entries; i++) {
      int at = 32 + i * length;
      file.position(at).putInt(length).putInt(20).putInt(file.capacity() - texts);
      file.put((byte) 'B').position(at + 16).putInt(texts - at);
      file.put("%03d".formatted(i).getBytes(StandardCharsets.US_ASCII));
    }
    Arrays.fill(file.array(), texts, file.capacity(), (byte) 'x');
    Path overlapping = Files.write(user.resolve("71"), file.array());

    try (Opened opened = SafeFiles.open(overlapping)) {
      assertThatThrownBy(() -> PerfData.read(opened)).hasMessageContaining("damaged");
    }
  }

  @Test
  void survivesFilesThatAreDamagedAnywhere() throws IOException {
    byte[] good = counters(ByteOrder.LITTLE_ENDIAN, "x.Main", 10, 1);
    JvmSampler sampler = sampler();
    for (int at = 0; at < good.length; at++) {
      for (byte wrong : new byte[] {(byte) 0xFF, 0x7F, 0}) {
        byte[] bad = good.clone();
        bad[at] = wrong;
        Files.write(user.resolve("71"), bad);
        assertThat(sampler.collect().size()).isLessThanOrEqualTo(4);
      }
    }
  }

  /** Fills a heap, and says so. */
  static final class Filled {
    private static final byte[][] KEPT = new byte[64][];

    private Filled() {}

    public static void main(String[] arguments) throws IOException {
      for (int i = 0; i < KEPT.length; i++) {
        KEPT[i] = new byte[1 << 20];
      }
      System.gc();
      System.out.println("filled");
      System.in.read();
    }
  }

  @Test
  void agreesWithALivingJvm() throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:+UsePerfData",
                "-Xmx200m",
                "-cp",
                System.getProperty("java.class.path"),
                Filled.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (Sampler sampler = new JvmPlugin().open(Map.of())) {
      assertThat(child.inputReader().readLine()).isEqualTo("filled");
      String tags = "{pid=%d, program=%s}".formatted(child.pid(), Filled.class.getName());
      Map<String, Object> values = values(sampler.collect());
      assertThat(values)
          .extractingByKey("jvm.heap.used" + tags, as(DOUBLE))
          .isBetween(64.0 * (1 << 20), 75.0 * (1 << 20));
      assertThat(values)
          .extractingByKey("jvm.heap.max" + tags, as(DOUBLE))
          .isCloseTo(200.0 * (1 << 20), withinPercentage(2));
    } finally {
      child.destroyForcibly();
    }
  }
}
