package io.loda.agent.source.script.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.plugin.Metric;
import io.loda.common.telemetry.MemoryBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StreamOutputTest implements StreamOutput.Sink {

  private static final int MAX_BYTES = 1000;

  private long encodedBytes;
  private final List<Metric> metrics = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private long refusedCount;

  @Test
  void linesComeWholeHoweverTheyArePrinted() throws Exception {
    StringBuilder text = new StringBuilder("\ufeff# begins\n");
    for (int i = 0; i < 500; i++) {
      text.append("a,ä=").append(i).append(" value=").append(i).append("i\n");
    }
    byte[] bytes = text.toString().getBytes(UTF_8);
    Random random = new Random(1);
    for (int run = 0; run < 20; run++) {
      metrics.clear();
      StreamOutput output = output(OutputFormat.AUTO, 10_000);
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(1 + random.nextInt(run * 5 + 1), bytes.length - at);
        print(output, bytes, at, length);
        at += length;
      }
      assertThat(metrics).hasSize(500);
      assertThat(metrics.get(499))
          .isEqualTo(new Metric("a", 0, java.util.Map.of("ä", "499"), 499L));
      assertThat(refused).isEmpty();
    }
  }

  @Test
  void lineThatIsTooLongIsRefusedAndPassedOver() throws Exception {
    StreamOutput output = output(OutputFormat.AUTO, 10_000);

    print(output, "a value=1\n");
    print(output, "x".repeat(600));
    assertThat(refused).isEmpty();
    print(output, "x".repeat(600));
    assertThat(refused).containsExactly("line 2: longer than plugins.max-output (1000 bytes)");
    print(output, "x".repeat(600));
    print(output, "xx\nb value=1\nc value");
    print(output, "=x\n");

    assertThat(metrics).extracting(Metric::name).containsExactly("a", "b");
    assertThat(refused).hasSize(2).last().asString().startsWith("line 4, column 9: ");
  }

  @Test
  void whatEndsWithoutALineBreakIsALineToo() throws Exception {
    StreamOutput output = output(OutputFormat.AUTO, 10_000);

    print(output, "{\"name\":\"a\",\"value\":1}");
    assertThat(metrics).isEmpty();
    output.finish();

    assertThat(metrics).extracting(Metric::name).containsExactly("a");
  }

  @Test
  void lineOfAListIsRefused() throws Exception {
    StreamOutput output = output(OutputFormat.AUTO, 10_000);

    print(output, "[{\"name\":\"a\",\"value\":1}]\n{\"name\":\"a\",\"value\":1}\n");

    assertThat(metrics).hasSize(1);
    assertThat(refused).containsExactly("line 1: expected an object, found a list");
  }

  @Test
  void seriesAreCountedAnewInEachInterval() throws Exception {
    StreamOutput output = output(OutputFormat.INFLUX, 3);

    print(
        output, "a,id=1 value=1\na,id=2 value=1\na,id=3 value=1\na,id=4 value=1\na,id=1 value=2\n");
    assertThat(metrics).hasSize(4);
    assertThat(refused)
        .containsExactly(
            "1 of other series than the first 3 in an interval (plugins.max-series); tag `id` has"
                + " 3 values");
    print(output, "a,id=5 value=1\n");
    assertThat(metrics).hasSize(4);
    assertThat(refusedCount).isEqualTo(2);

    now.addAndGet(TimeUnit.SECONDS.toNanos(10));
    print(output, "a,id=5 value=1\n");
    assertThat(metrics).hasSize(5);
    assertThat(output.good()).isEqualTo(5);
    assertThat(output.bad()).isEqualTo(2);
  }

  @Test
  void readsNoFasterThanWhatIsSentOfItNorItsErrors() throws Exception {
    StreamOutput output = output(OutputFormat.INFLUX, 10);
    // a second's worth has been saved up for a moment only
    now.addAndGet(TimeUnit.SECONDS.toNanos(5));
    encodedBytes = MAX_BYTES / 4;
    long start = System.nanoTime();
    output.write("a value=1\n".getBytes(UTF_8), 10);
    assertThat(System.nanoTime() - start)
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(150));

    assertThat(output.takesErrors()).isTrue();
    output.errorsRead(MAX_BYTES);
    assertThat(output.takesErrors()).isFalse();
    now.addAndGet(TimeUnit.SECONDS.toNanos(1));
    assertThat(output.takesErrors()).isTrue();
  }

  @Test
  void longLinesTakeTheirMemoryFromAShareAndGiveItBack() throws Exception {
    MemoryBudget.Share share = new MemoryBudget(0).share("runs' output", 400_000);
    StreamOutput output =
        new StreamOutput(
            OutputFormat.INFLUX,
            MAX_BYTES * 1000,
            10,
            Duration.ofSeconds(10),
            now::get,
            this,
            share,
            new Semaphore(1),
            RunWatcher.NOBODY);
    String name = "x".repeat(60_000);
    print(output, name + ",t=" + name);
    assertThat(share.usedBytes()).isGreaterThan(100_000);
    print(output, " value=1\n");
    assertThat(metrics).hasSize(1);
    assertThat(share.usedBytes()).isZero();

    for (int i = 0; i < 6; i++) {
      print(output, name);
    }
    print(output, " value=1\nb value=1\n");
    assertThat(refused)
        .last()
        .asString()
        .contains("too long for the memory that other runs' output leaves");
    assertThat(metrics).extracting(Metric::name).last().isEqualTo("b");
    output.finish();
    assertThat(share.usedBytes()).isZero();
  }

  private StreamOutput output(OutputFormat format, int maxSeries) {
    return new StreamOutput(
        format,
        MAX_BYTES,
        maxSeries,
        Duration.ofSeconds(10),
        now::get,
        this,
        null,
        new Semaphore(1),
        RunWatcher.NOBODY);
  }

  private void print(StreamOutput output, String text) throws InterruptedException {
    byte[] bytes = text.getBytes(UTF_8);
    print(output, bytes, 0, bytes.length);
  }

  private void print(StreamOutput output, byte[] bytes, int from, int length)
      throws InterruptedException {
    byte[] chunk = new byte[length + 5];
    System.arraycopy(bytes, from, chunk, 0, length);
    // paid for already
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(length));
    output.write(chunk, length);
  }

  @Override
  public long metrics(List<Metric> given) {
    metrics.addAll(given);
    return encodedBytes;
  }

  @Override
  public void refused(long count, String reason) {
    refusedCount += count;
    refused.add(reason);
  }

  @Override
  public void look() {}
}
