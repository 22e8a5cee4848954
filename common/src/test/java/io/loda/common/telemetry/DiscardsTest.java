package io.loda.common.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class DiscardsTest {

  private final Logger logger = (Logger) LoggerFactory.getLogger(Discards.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final AtomicLong now = new AtomicLong();
  private final Counters counters = new Counters();
  private final Discards discards = new Discards(counters, now::get);

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(lines);
  }

  @Test
  void theFirstIsSaidAtOnceAndThenTheTotalFromTimeToTime() {
    discards.count("too-old", 1, "a");
    discards.count("too-old", 2, "b");
    now.addAndGet(Duration.ofMinutes(5).toNanos());
    discards.count("too-old", 3, "c");

    assertThat(said())
        .containsExactly("a; 1 dropped so far (too-old)", "c; 6 dropped so far (too-old)");
    assertThat(counters.get("points.discarded.too-old")).isEqualTo(6);
  }

  @Test
  void theFirstOfEachSourceIsSaidAtOnce() {
    discards.countOf("mail", "plugin-output", 1, "mail's a");
    discards.countOf("disk", "plugin-output", 1, "disk's a");
    discards.countOf("mail", "plugin-output", 1, "mail's b");
    discards.countOf("disk", "plugin-output", 1, "disk's b");
    now.addAndGet(Duration.ofMinutes(5).toNanos());
    discards.countOf("disk", "plugin-output", 1, "disk's c");
    discards.countOf("mail", "plugin-output", 1, "mail's c");

    assertThat(said())
        .containsExactly(
            "mail's a; 1 dropped so far (plugin-output)",
            "disk's a; 2 dropped so far (plugin-output)",
            "disk's c; 5 dropped so far (plugin-output)");
  }

  private List<String> said() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
