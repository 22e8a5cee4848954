package io.loda.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reports as many agents do at once, each with metrics of its own, and compares every counter in
 * the end with what was answered. Kill the server and start it again meanwhile: a request that
 * isn't answered 200 is sent again with its key, or, without keys, counts as unknown.
 *
 * <p>Arguments: {@code URL AGENTS METRICS SECONDS keys|nokeys}.
 */
public final class SmallSiteLoad {

  /** Of an agent's metrics so many are counters, the others gauges. */
  private static final int COUNTERS = 10;

  private static final Duration REQUEST = Duration.ofSeconds(10);
  private static final long PAUSE_MILLIS = 500;
  private static final long END_SECONDS = 60;

  private final URI updates;
  private final String url;
  private final int metrics;
  private final boolean keys;
  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
  private final AtomicLong failed = new AtomicLong();

  private SmallSiteLoad(String url, int metrics, boolean keys) {
    this.url = url;
    this.updates = URI.create(url + "/updates/");
    this.metrics = metrics;
    this.keys = keys;
  }

  /** What an agent knows of its counters, which all have the same. */
  private static final class Counted {
    private long answered;
    private long unknown;
  }

  public static void main(String[] arguments) throws Exception {
    SmallSiteLoad load =
        new SmallSiteLoad(
            arguments[0], Integer.parseInt(arguments[2]), arguments[4].equals("keys"));
    load.run(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[3]));
  }

  private void run(int agents, int seconds) throws Exception {
    long begin = System.nanoTime();
    long end = begin + Duration.ofSeconds(seconds).toNanos();
    List<Counted> counted = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < agents; i++) {
      Counted mine = new Counted();
      counted.add(mine);
      int agent = i;
      Thread thread = new Thread(() -> report(agent, mine, end), "agent-" + i);
      threads.add(thread);
      thread.start();
      // not all in the same moment
      Thread.sleep(1_000 / agents + 1);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    double took = (System.nanoTime() - begin) / 1e9;
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    System.out.printf(
        "%d answered, %.0f a second, p50 %.1f ms, p99 %.1f ms, longest %.1f ms; %d tries failed%n",
        sorted.length,
        sorted.length / took,
        sorted[sorted.length / 2] / 1e6,
        sorted[(int) (sorted.length * 0.99)] / 1e6,
        sorted[sorted.length - 1] / 1e6,
        failed.get());
    check(counted);
  }

  private void report(int agent, Counted mine, long end) {
    while (System.nanoTime() < end) {
      long next = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      String key = UUID.randomUUID().toString();
      byte[] body = body(agent);
      boolean answered = post(body, key);
      long giveUp = end + Duration.ofSeconds(END_SECONDS).toNanos();
      while (!answered && keys && System.nanoTime() < giveUp) {
        sleep(PAUSE_MILLIS);
        answered = post(body, key);
      }
      if (answered) {
        mine.answered++;
      } else {
        mine.unknown++;
      }
      sleep(Math.max(0, (next - System.nanoTime()) / 1_000_000));
    }
  }

  private byte[] body(int agent) {
    StringBuilder json = new StringBuilder("[");
    for (int i = 0; i < metrics; i++) {
      json.append(i == 0 ? "" : ",");
      String name = run + "-" + agent + "-" + i;
      if (i < COUNTERS) {
        json.append("{\"id\":\"%s\",\"type\":\"counter\",\"delta\":1}".formatted(name));
      } else {
        json.append(
            "{\"id\":\"%s\",\"type\":\"gauge\",\"value\":%s}".formatted(name, Math.random()));
      }
    }
    return json.append(']').toString().getBytes(UTF_8);
  }

  private boolean post(byte[] body, String key) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(updates)
            .timeout(REQUEST)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (keys) {
      request.header("Idempotency-Key", key);
    }
    long begin = System.nanoTime();
    try {
      int status =
          client.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
      if (status == 200) {
        nanos.add(System.nanoTime() - begin);
        return true;
      }
    } catch (IOException e) {
      // as any other that isn't answered
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    failed.incrementAndGet();
    return false;
  }

  private void check(List<Counted> counted) throws IOException, InterruptedException {
    long wrong = 0;
    long unknown = 0;
    for (int agent = 0; agent < counted.size(); agent++) {
      Counted mine = counted.get(agent);
      unknown += mine.unknown;
      for (int i = 0; i < COUNTERS; i++) {
        HttpRequest request =
            HttpRequest.newBuilder(
                    URI.create(url + "/value/counter/" + run + "-" + agent + "-" + i))
                .timeout(REQUEST)
                .build();
        String text = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        long found = text.matches("[0-9]+") ? Long.parseLong(text) : -1;
        if (found < mine.answered || found > mine.answered + mine.unknown) {
          wrong++;
          System.out.printf(
              "agent %d, counter %d: %d answered, %d unknown, found %s%n",
              agent, i, mine.answered, mine.unknown, text);
        }
      }
    }
    System.out.printf(
        "%d counters compared, %d wrong; %d reports unknown%n",
        counted.size() * COUNTERS, wrong, unknown);
    if (wrong > 0) {
      System.exit(1);
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
