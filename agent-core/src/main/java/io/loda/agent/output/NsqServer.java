package io.loda.agent.output;

import com.sproutsocial.nsq.Client;
import com.sproutsocial.nsq.Config;
import com.sproutsocial.nsq.NSQException;
import com.sproutsocial.nsq.Publisher;
import io.loda.agent.config.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** One nsqd, and whether it is worth asking. Called from one worker thread. */
final class NsqServer {

  private static final int PROBE_MILLIS = 2_000;
  private static final int HEARTBEAT_MILLIS = 5_000;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final HostPort address;
  private final Client client = new Client();
  private final Publisher publisher;
  private boolean connected;
  private String failure = "";
  private Duration pause = FIRST_PAUSE;
  private long dueNanos = System.nanoTime();

  NsqServer(HostPort address) {
    this.address = address;
    // Given no second server, nsq-j sleeps 10 s before it tries again; given the same one, it
    // tries at once and then says that it failed.
    this.publisher = new Publisher(client, address.toString(), address.toString());
    Config config = new Config();
    // also how long nsq-j waits for an answer
    config.setHeartbeatInterval(HEARTBEAT_MILLIS);
    publisher.setConfig(config);
  }

  /** Whether it answered last time, or its pause is over. */
  boolean isDue() {
    return connected || System.nanoTime() - dueNanos >= 0;
  }

  /** Why it failed last. */
  String failure() {
    return failure;
  }

  /**
   * Publishes and waits for nsqd's OK.
   *
   * @throws IOException when it didn't come; nsqd may have the message all the same
   */
  void publish(Message message) throws IOException {
    try {
      if (!connected) {
        probe();
      }
      publisher.publish(message.topic(), message.body());
      connected = true;
      pause = FIRST_PAUSE;
    } catch (IOException | NSQException e) {
      connected = false;
      dueNanos = System.nanoTime() + pause.toNanos();
      pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
      failure = address + ": " + reason(e);
      throw new IOException(failure, e);
    }
  }

  /** nsq-j would wait 30 s for a server that doesn't answer, and twice. */
  private void probe() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.host(), address.port()), PROBE_MILLIS);
    }
  }

  private static String reason(Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  void close() {
    publisher.stop();
    client.stop(100);
  }
}
