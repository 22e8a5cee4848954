package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.loda.common.telemetry.Counters;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PostsRefusedTest {

  private final Logger logger = (Logger) LoggerFactory.getLogger(PostsRefused.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final Counters counters = new Counters();
  private Level before;
  private long now = 1;
  private final PostsRefused posts = new PostsRefused(counters, () -> now);

  @BeforeEach
  void listen() {
    lines.start();
    before = logger.getLevel();
    logger.setLevel(Level.INFO);
    logger.addAppender(lines);
  }

  @AfterEach
  void forget() {
    logger.detachAppender(lines);
    logger.setLevel(before);
  }

  private void pass(Duration time) {
    now += time.toNanos();
    posts.lookWhetherOver();
  }

  @Test
  void theBeginAndTheEndAreSaidWithTheirNumber() {
    for (int i = 0; i < 1_000; i++) {
      posts.refused("full");
      pass(Duration.ofMillis(20));
    }
    assertThat(said()).containsExactly("WARN HTTP: posts refused with 503: full");
    assertThat(posts.problem()).hasValue("posts refused with 503, 1000 so far: full");

    pass(Duration.ofSeconds(10));

    assertThat(said())
        .containsExactly(
            "WARN HTTP: posts refused with 503: full",
            "INFO HTTP: posts accepted again, 1000 were refused within 20 s");
    assertThat(posts.problem()).isEmpty();
    posts.refused("full again");
    assertThat(said()).hasSize(3).last().isEqualTo("WARN HTTP: posts refused with 503: full again");
    assertThat(posts.problem()).hasValue("posts refused with 503, 1 so far: full again");
    assertThat(counters.get("posts.refused")).isEqualTo(1_001);
  }

  private List<String> said() {
    return lines.list.stream()
        .filter(line -> line.getLevel().isGreaterOrEqual(Level.INFO))
        .map(line -> line.getLevel() + " " + line.getFormattedMessage())
        .toList();
  }
}
