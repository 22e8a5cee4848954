package io.loda.agent.output.nsq;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sproutsocial.nsq.Client;
import com.sproutsocial.nsq.NSQException;
import com.sproutsocial.nsq.Publisher;
import io.loda.agent.point.Message;
import io.loda.common.config.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One nsqd, and whether it is worth asking. Called from one worker thread. */
final class NsqjServer {

  private static final Logger LOG = LoggerFactory.getLogger(NsqjServer.class);

  private static final int PROBE_MILLIS = 2_000;
  private static final int ANSWER_MILLIS = 5_000;
  private static final String NOWHERE = "127.0.0.1:0";

  /** {@code IDENTIFY} with an empty JSON object, after the protocol's first bytes. */
  private static final byte[] GREETING = "  V2IDENTIFY\n\0\0\0\2{}".getBytes(US_ASCII);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final HostPort address;
  private final ScheduledExecutorService clock;
  private final Client client = new Client();
  private final Publisher publisher;
  private boolean connected;
  private String failure = "";
  private Duration pause = FIRST_PAUSE;
  private long dueNanos = System.nanoTime();

  /**
   * A server that isn't connected to.
   *
   * @param clock for deadlines; its thread is never held up
   */
  NsqjServer(HostPort address, ScheduledExecutorService clock) {
    this.address = address;
    this.clock = clock;
    // Given no second server, nsq-j sleeps 10 s before it tries again, in its lock; given one that
    // nobody can connect to, it says at once that the publish failed.
    this.publisher = new Publisher(client, address.toString(), NOWHERE);
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
      publishInTime(message);
      connected = true;
      pause = FIRST_PAUSE;
      if (!failure.isEmpty()) {
        LOG.info("nsqd {} takes messages again", address);
        failure = "";
      }
    } catch (IOException e) {
      connected = false;
      dueNanos = System.nanoTime() + pause.toNanos();
      pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
      if (failure.isEmpty()) {
        LOG.warn("nsqd {} takes nothing: {}", address, reason(e));
      }
      failure = address + ": " + reason(e);
      throw new IOException(failure, e);
    }
  }

  /** nsq-j's own exception says only that nobody is at the place it was sent to afterwards. */
  private void publishInTime(Message message) throws IOException {
    Deadline deadline = new Deadline(clock, ANSWER_MILLIS);
    try {
      publisher.publish(message.topic(), message.body());
    } catch (NSQException e) {
      throw new IOException(
          deadline.expired()
              ? "no answer within " + ANSWER_MILLIS + " ms"
              : "the connection broke, or the message was refused; log.level = debug says more",
          e);
    } finally {
      deadline.end();
    }
  }

  /**
   * Asks for an answer, whatever it is. Without, nsq-j would wait 30 s for a server that can't be
   * reached, and 30 s for one whose process is stopped.
   */
  private void probe() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.host(), address.port()), PROBE_MILLIS);
      socket.setSoTimeout(PROBE_MILLIS);
      socket.getOutputStream().write(GREETING);
      if (socket.getInputStream().read() < 0) {
        throw new IOException("it closed the connection: is it an nsqd?");
      }
    } catch (SocketTimeoutException e) {
      throw new IOException("no answer within " + PROBE_MILLIS + " ms", e);
    }
  }

  private static String reason(IOException e) {
    if (e instanceof UnknownHostException) {
      return "unknown host";
    }
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  void close() {
    publisher.stop();
    client.stop(100);
  }
}
