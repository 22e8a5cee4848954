package io.loda.agent.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.config.HostPort;
import io.loda.common.net.HostLookup;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;

/** What has no thread to run on fails, as a server does: whoever waits tries it again. */
class OutputThreadsTest {

  private final Vertx vertx = Vertx.vertx();

  @Test
  void aNameThatCanNotBeLookedUpIsAFailure() {
    HostLookup names = HostLookup.ofSystem(vertx);
    OnLoop.get(vertx.close());

    assertThat(names.find(new HostPort("nsqd.example", 4150)).failed()).isTrue();
  }

  @Test
  void aMessageThatCanNotBeWrittenIsAFailure() {
    OutputWorker worker = new OutputWorker(vertx, "output");
    OnLoop.get(vertx.close());

    assertThat(worker.run(() -> null).failed()).isTrue();
  }
}
