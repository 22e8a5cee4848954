package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.NsqConsumer;
import io.loda.common.testing.Nsqd;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What came of a {@link PointLoad} at one or more nsqds: lost, twice and altered, each counted. */
final class Arrivals implements AutoCloseable {

  private static final Pattern POINT =
      Pattern.compile("RUN\\.x,host=vm,id=([0-9]+)(?:,p=x+)? value=([0-9]+) [0-9]{10}");

  private final Map<NsqConsumer, Integer> consumers = new LinkedHashMap<>();
  private final Set<Integer> ids = new TreeSet<>();
  private final List<String> altered = new ArrayList<>();
  private int twice;

  Arrivals(Nsqd... servers) throws IOException {
    consume(servers);
  }

  /** Takes what comes at these, too. */
  void consume(Nsqd... servers) throws IOException {
    for (Nsqd server : servers) {
      consumers.put(server.consume(PointLoad.TOPIC), 0);
    }
  }

  /** Takes nothing more, and forgets nothing. */
  void leave() throws IOException {
    close();
    read();
    consumers.clear();
  }

  private void read() {
    consumers.replaceAll(
        (consumer, read) -> {
          List<String> messages = consumer.messages();
          messages.subList(read, messages.size()).forEach(body -> body.lines().forEach(this::line));
          return messages.size();
        });
  }

  private void line(String line) {
    if (line.startsWith("agent.alive,")) {
      return;
    }
    Matcher point = POINT.matcher(line);
    if (!point.matches() || !point.group(1).equals(point.group(2))) {
      altered.add(line);
    } else if (!ids.add(Integer.valueOf(point.group(1)))) {
      twice++;
    }
  }

  /** What of these hasn't come yet. */
  Set<Integer> missing(Collection<Integer> expected) {
    read();
    Set<Integer> missing = new TreeSet<>(expected);
    missing.removeAll(ids);
    return missing;
  }

  /** Waits until all of these have come, each as it was posted. */
  void awaitAll(Collection<Integer> expected) {
    awaitAll(expected, Duration.ofSeconds(60));
  }

  void awaitAll(Collection<Integer> expected, Duration within) {
    await()
        .atMost(within)
        .untilAsserted(
            () -> {
              Set<Integer> missing = missing(expected);
              assertThat(missing.stream().limit(20).toList())
                  .as("first of %d of %d points", missing.size(), expected.size())
                  .isEmpty();
            });
    assertThat(altered).isEmpty();
  }

  /** Of all that came, at most one in a hundred came again. */
  void assertFewTwice() {
    read();
    assertThat(twice).as("twice, of %d", ids.size()).isLessThanOrEqualTo(ids.size() / 100);
  }

  @Override
  public void close() throws IOException {
    for (NsqConsumer consumer : consumers.keySet()) {
      consumer.close();
    }
  }
}
