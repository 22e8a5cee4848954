package io.loda.agent.output.nsq;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sproutsocial.nsq.Client;
import com.sproutsocial.nsq.NSQException;
import com.sproutsocial.nsq.Publisher;
import io.loda.agent.point.Message;
import io.loda.common.config.HostPort;
import io.loda.common.time.Backoff;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An nsqd that is used through nsq-j, and its back-off. One worker thread. */
final class NsqjServer {

  private static final Logger LOG = LoggerFactory.getLogger(NsqjServer.class);

  private static final int PROBE_MILLIS = 2_000;
  private static final int ANSWER_MILLIS = 5_000;
  private static final String NOWHERE = "127.0.0.1:0";

  /** {@code IDENTIFY} with an empty JSON object, after the protocol's first bytes. */
  private static final byte[] GREETING = "  V2IDENTIFY\n\0\0\0\2{}".getBytes(US_ASCII);

  private final String output;
  private final HostPort address;
  private final ScheduledExecutorService clock;
  private final Client client = new Client();
  private final Publisher publisher;
  private volatile @Nullable Deadline waiting;
  private boolean connected;
  private String failure = "";
  private Backoff retry = Backoff.of(Duration.ofMillis(200), Duration.ofSeconds(5));
  private long dueNanos = System.nanoTime();

  /**
   * Doesn't connect yet.
   *
   * @param clock for deadlines; its thread never blocks
   */
  NsqjServer(String output, HostPort address, ScheduledExecutorService clock) {
    this.output = output;
    this.address = address;
    this.clock = clock;
    // Without a second server nsq-j sleeps 10 s before a retry, with its lock held; with a
    // second server that refuses all connections a failed publish returns at once.
    this.publisher = new Publisher(client, address.toString(), NOWHERE);
  }

  /** Returns whether the last publish succeeded, or the back-off is over. */
  boolean isDue() {
    return connected || System.nanoTime() - dueNanos >= 0;
  }

  /** Returns the longest time from the next failure to the retry. */
  Duration pause() {
    return retry.pause();
  }

  /** Returns why it failed last. */
  String failure() {
    return failure;
  }

  /**
   * Publishes and waits for nsqd's OK.
   *
   * @throws IOException when the OK didn't arrive; nsqd may have the message all the same
   */
  void publish(Message message) throws IOException {
    try {
      if (!connected) {
        probe();
      }
      publishInTime(message);
      connected = true;
      retry = retry.anew();
      if (!failure.isEmpty()) {
        LOG.info("output {}: nsqd {}: sending again", output, address);
        failure = "";
      }
    } catch (IOException e) {
      connected = false;
      long millis = retry.spreadMillis();
      dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
      retry = retry.longer();
      if (failure.isEmpty()) {
        LOG.warn(
            "output {}: nsqd {}: send failed, retrying in {} ms: {}",
            output,
            address,
            millis,
            reason(e));
      }
      failure = address + ": " + reason(e);
      throw new IOException(failure, e);
    }
  }

  /**
   * Publishes by nsq-j, whose own exception tells only about the second server, which isn't one.
   */
  private void publishInTime(Message message) throws IOException {
    Deadline deadline = new Deadline(clock, ANSWER_MILLIS);
    waiting = deadline;
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
   * Connects and waits for any answer: otherwise nsq-j would wait 30 s for a server that is
   * unreachable or whose process is stopped.
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

  /** Interrupts a publish that waits for its answer. Any thread. */
  void interrupt() {
    Deadline deadline = waiting;
    if (deadline != null) {
      deadline.interrupt();
    }
  }

  void close() {
    publisher.stop();
    client.stop(100);
  }
}
