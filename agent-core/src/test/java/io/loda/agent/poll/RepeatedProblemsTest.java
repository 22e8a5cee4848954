package io.loda.agent.poll;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RepeatedProblemsTest {

  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final RepeatedProblems problems;

  RepeatedProblemsTest() {
    Logger logger = (Logger) LoggerFactory.getLogger("repeated-problems-test");
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    logger.detachAndStopAllAppenders();
    lines.start();
    logger.addAppender(lines);
    problems = new RepeatedProblems(logger);
  }

  @Test
  void aProblemIsSaidOnceAndItsEndToo() {
    problems.report("ns", "down");
    problems.report("ns", "down");
    problems.report("other", "down");
    problems.report("ns", "slow");
    problems.solved("ns");
    problems.solved("ns");

    assertThat(said())
        .containsExactly(
            "WARN registry: ns: down",
            "WARN registry: other: down",
            "WARN registry: ns: slow",
            "INFO registry: ns: works again");
  }

  @Test
  void silencedItSaysNothing() {
    problems.report("ns", "down");
    problems.silence();
    problems.report("ns", "slow");
    problems.solved("ns");

    assertThat(said()).containsExactly("WARN registry: ns: down");
  }

  private List<String> said() {
    return lines.list.stream().map(e -> e.getLevel() + " " + e.getFormattedMessage()).toList();
  }
}
