package io.loda.agent.output;

import io.loda.agent.output.nsq.NsqSettings;
import io.loda.common.config.HostPort;
import io.loda.common.testing.NsqConsumer;
import io.loda.common.testing.Nsqd;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** The contract at a real nsqd; a client each. */
abstract class NsqContract extends OutputContract {

  private final List<NsqConsumer> consumers = new ArrayList<>();
  private @Nullable Nsqd nsqd;
  private boolean stopped;

  abstract String client();

  @Override
  Output create() throws Exception {
    Nsqd started = Nsqd.started();
    nsqd = started;
    consumers.add(started.consume(TOPIC));
    return new NsqSettings(
            client(),
            List.of(HostPort.parse(started.address())),
            List.of(),
            "collect.",
            "failover",
            false,
            null,
            null)
        .create(vertx, "queue", System.err);
  }

  private Nsqd nsqd() {
    return Objects.requireNonNull(nsqd);
  }

  @AfterEach
  void end() throws Exception {
    for (NsqConsumer consumer : consumers) {
      consumer.close();
    }
    nsqd().close();
  }

  @Override
  List<String> received() {
    return consumers.stream().flatMap(consumer -> consumer.messages().stream()).toList();
  }

  @Override
  void away() {
    nsqd().kill();
  }

  @Override
  void stall() throws Exception {
    stopped = true;
    nsqd().stop();
  }

  @Override
  void back() throws Exception {
    if (stopped) {
      nsqd().resume();
    } else {
      nsqd().start();
      consumers.add(nsqd().consume(TOPIC));
    }
  }
}
