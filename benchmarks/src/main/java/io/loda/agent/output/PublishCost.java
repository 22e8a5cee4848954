package io.loda.agent.output;

import com.sproutsocial.nsq.NSQException;
import com.sproutsocial.nsq.Publisher;
import io.loda.agent.output.nsq.NsqSettings;
import io.loda.agent.point.Message;
import io.loda.common.config.HostPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Messages a second by each client to a real nsqd, and how long one that can't be sent takes to say
 * so. Arguments: nsqd's path; seconds a figure (5); {@code quick} leaves nsq-j's long waits out.
 */
public final class PublishCost {

  private static final String TOPIC = "bench#ephemeral";

  /** A client of NSQ: waits for the answer to each message, or has several under way. */
  private interface Client extends AutoCloseable {
    /** Sends messages for a while; how many were answered. */
    long sendFor(Duration time, byte[] body) throws InterruptedException;

    /** Sends one; why it failed, or "ok". */
    String sendOne(byte[] body) throws InterruptedException;

    @Override
    void close();
  }

  private PublishCost() {}

  public static void main(String[] arguments) throws Exception {
    Duration time = Duration.ofSeconds(arguments.length > 1 ? Long.parseLong(arguments[1]) : 5);
    boolean quick = arguments.length > 2 && arguments[2].equals("quick");
    Vertx vertx = Vertx.vertx();
    Path data = Files.createTempDirectory("nsqd-bench");
    int port = freePort();
    int http = freePort();
    Process nsqd =
        new ProcessBuilder(
                arguments[0],
                "-data-path=" + data,
                "-tcp-address=127.0.0.1:" + port,
                "-http-address=127.0.0.1:" + http,
                "-https-address=")
            .redirectErrorStream(true)
            .redirectOutput(data.resolve("log").toFile())
            .start();
    try {
      awaitPort(port);
      for (String name : List.of("own", "nsq-j in its wrapper", "nsq-j")) {
        for (int size : new int[] {1_000, 7_000, 64_000}) {
          try (Client client = client(vertx, name, port)) {
            byte[] body = new byte[size];
            client.sendFor(time.dividedBy(2), body);
            double perSecond = client.sendFor(time, body) / (double) time.toSeconds();
            say(
                "%-22s %6d bytes  %9.0f messages/s  %7.1f MB/s",
                name, size, perSecond, perSecond * size / 1e6);
          }
        }
      }
      int nobody = freePort();
      for (String name : List.of("own", "nsq-j in its wrapper", "nsq-j")) {
        if (!quick || !name.equals("nsq-j")) {
          try (Client client = client(vertx, name, nobody)) {
            one(client, name, "refused connection");
          }
        }
      }
      for (String name : List.of("own", "nsq-j in its wrapper", "nsq-j")) {
        if (!quick || !name.equals("nsq-j")) {
          try (Client client = client(vertx, name, port)) {
            client.sendOne(new byte[1000]);
            signal(nsqd, "STOP");
            awaitStopped(nsqd);
            one(client, name, "stopped nsqd");
            signal(nsqd, "CONT");
          }
        }
      }
    } finally {
      nsqd.destroyForcibly();
      vertx.close();
    }
    Runtime.getRuntime().halt(0);
  }

  private static void one(Client client, String name, String what) throws InterruptedException {
    long start = System.nanoTime();
    String outcome = client.sendOne(new byte[1000]);
    say("%-22s %-20s %7.1f s until: %s", name, what, (System.nanoTime() - start) / 1e9, outcome);
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  private static Client client(Vertx vertx, String name, int port) {
    return name.equals("nsq-j")
        ? new Raw(port)
        : new ByOutput(vertx, name.equals("own") ? "own" : "nsq-j", port);
  }

  /** An output as the agent uses it. */
  private static final class ByOutput implements Client {

    private final Output output;
    private final Context context;

    private ByOutput(Vertx vertx, String client, int port) {
      this.output =
          new NsqSettings(
                  client,
                  List.of(new HostPort("127.0.0.1", port)),
                  List.of(),
                  "",
                  "failover",
                  true,
                  null,
                  null)
              .create(vertx, "bench", System.out);
      this.context = vertx.getOrCreateContext();
      onLoop(output::start);
    }

    private Future<Void> onLoop(java.util.function.Supplier<Future<Void>> action) {
      Promise<Void> done = Promise.promise();
      context.runOnContext(unused -> action.get().onComplete(done));
      return done.future();
    }

    @Override
    public long sendFor(Duration time, byte[] body) throws InterruptedException {
      long end = System.nanoTime() + time.toNanos();
      long[] answered = new long[1];
      CountDownLatch ended = new CountDownLatch(output.maxInFlight());
      for (int i = 0; i < output.maxInFlight(); i++) {
        context.runOnContext(unused -> next(end, body, answered, ended));
      }
      ended.await();
      return answered[0];
    }

    private void next(long end, byte[] body, long[] answered, CountDownLatch ended) {
      if (System.nanoTime() >= end) {
        ended.countDown();
        return;
      }
      output
          .send(new Message(TOPIC, body, 1))
          .onComplete(
              result -> {
                answered[0] += result.succeeded() ? 1 : 0;
                // not one in the other's arms: the stack is finite
                context.runOnContext(unused -> next(end, body, answered, ended));
              });
    }

    @Override
    public String sendOne(byte[] body) throws InterruptedException {
      try {
        onLoop(() -> output.send(new Message(TOPIC, body, 1)))
            .toCompletionStage()
            .toCompletableFuture()
            .get(5, TimeUnit.MINUTES);
        return "ok";
      } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
        return String.valueOf(e.getCause());
      }
    }

    @Override
    public void close() {
      onLoop(output::close).toCompletionStage().toCompletableFuture().join();
    }
  }

  /** The library itself, in a thread of the caller's. */
  private static final class Raw implements Client {

    private final com.sproutsocial.nsq.Client client = new com.sproutsocial.nsq.Client();
    private final Publisher publisher;

    private Raw(int port) {
      this.publisher = new Publisher(client, "127.0.0.1:" + port, null);
    }

    @Override
    public long sendFor(Duration time, byte[] body) {
      long end = System.nanoTime() + time.toNanos();
      long answered = 0;
      while (System.nanoTime() < end) {
        publisher.publish(TOPIC, body);
        answered++;
      }
      return answered;
    }

    @Override
    public String sendOne(byte[] body) {
      try {
        publisher.publish(TOPIC, body);
        return "ok";
      } catch (NSQException e) {
        return e.toString();
      }
    }

    @Override
    public void close() {
      publisher.stop();
      client.stop(100);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void awaitPort(int port) throws InterruptedException {
    while (true) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException e) {
        Thread.sleep(50);
      }
    }
  }

  /** A thread that waits for the disk stops later, and answers meanwhile. */
  private static void awaitStopped(Process process) throws IOException, InterruptedException {
    Path tasks = Path.of("/proc", Long.toString(process.pid()), "task");
    boolean stopped = false;
    while (!stopped) {
      stopped = true;
      try (DirectoryStream<Path> all = Files.newDirectoryStream(tasks)) {
        for (Path task : all) {
          String stat = Files.readString(task.resolve("stat"));
          stopped &= stat.startsWith("T", stat.lastIndexOf(')') + 2);
        }
      }
      Thread.sleep(10);
    }
  }

  private static void signal(Process process, String name)
      throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-s", name, Long.toString(process.pid())).start().waitFor();
  }
}
