package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/**
 * Posts points to an agent as fast as it takes them, each with a number of its own, and then counts
 * what arrived at nsqd: lost, or there twice.
 *
 * <p>Arguments: port of the agent, port of nsqd, points a post, connections, seconds.
 */
public final class PostLoad {

  private static final String NAMESPACE = "load.test";
  private static final int ID_DIGITS = 12;
  private static final int WARM_UP_SECONDS = 3;

  private final int port;
  private final int points;
  private final AtomicLong ids = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private volatile boolean over;

  private PostLoad(int port, int points) {
    this.port = port;
    this.points = points;
  }

  public static void main(String[] arguments) throws Exception {
    int[] numbers = Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
    PostLoad load = new PostLoad(numbers[0], numbers[2]);
    load.run(numbers[3], WARM_UP_SECONDS);
    long before = load.ids.get();
    long start = System.nanoTime();
    long[] micros = load.run(numbers[3], numbers[4]);
    double seconds = (System.nanoTime() - start) / 1e9;
    long posted = load.ids.get() - before;
    Arrays.sort(micros);
    System.out.printf(
        "%,d posts/s, %,d points/s answered 200; p50 %.1f ms, p99 %.1f ms, max %.1f ms; %d answered"
            + " otherwise%n",
        Math.round(micros.length / seconds),
        Math.round(posted / seconds),
        micros[micros.length / 2] / 1e3,
        micros[(int) (micros.length * 0.99)] / 1e3,
        micros[micros.length - 1] / 1e3,
        load.refused.get());
    NsqCount count = new NsqCount(numbers[1], "collect." + NAMESPACE, load.ids.get());
    count.untilQuiet();
    System.out.printf(
        "%,d posted in all: %,d lost, %,d there twice%n",
        load.ids.get(), count.missing(), count.twice());
  }

  /** Posts for so long; the microseconds that each post took. */
  private long[] run(int connections, int seconds) throws InterruptedException, ExecutionException {
    over = false;
    ExecutorService threads = Executors.newFixedThreadPool(connections);
    List<Future<long[]>> all = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      all.add(threads.submit(this::post));
    }
    Thread.sleep(seconds * 1000L);
    over = true;
    long[] micros = new long[0];
    for (Future<long[]> one : all) {
      micros = LongStream.concat(Arrays.stream(micros), Arrays.stream(one.get())).toArray();
    }
    threads.shutdown();
    return micros;
  }

  private long[] post() throws IOException {
    byte[] request = request();
    int[] places = places(request);
    long[] micros = new long[1024];
    int posts = 0;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      byte[] answer = new byte[4096];
      long first = ids.getAndAdd(points);
      while (!over) {
        for (int i = 0; i < points; i++) {
          number(request, places[i], first + i);
        }
        long start = System.nanoTime();
        out.write(request);
        // the same numbers again where they weren't taken
        if (isTaken(in, answer)) {
          if (posts == micros.length) {
            micros = Arrays.copyOf(micros, posts * 2);
          }
          micros[posts++] = (System.nanoTime() - start) / 1000;
          if (!over) {
            first = ids.getAndAdd(points);
          } else {
            first = -1;
          }
        } else {
          refused.incrementAndGet();
        }
      }
      if (first >= 0) {
        for (int i = 0; i < points; i++) {
          number(request, places[i], first + i);
        }
        out.write(request);
        while (!isTaken(in, answer)) {
          out.write(request);
        }
      }
    }
    return Arrays.copyOf(micros, posts);
  }

  private static boolean isTaken(InputStream in, byte[] answer) throws IOException {
    int length = 0;
    while (true) {
      int read = in.read(answer, length, answer.length - length);
      if (read < 0) {
        throw new IOException("the agent closed the connection");
      }
      length += read;
      String text = new String(answer, 0, length, US_ASCII);
      int body = text.indexOf("\r\n\r\n");
      if (body > 0) {
        int at = text.toLowerCase(Locale.ROOT).indexOf("content-length: ");
        int expected = Integer.parseInt(text.substring(at + 16, text.indexOf('\r', at)));
        if (length == body + 4 + expected) {
          return text.startsWith("HTTP/1.1 200");
        }
      }
    }
  }

  private byte[] request() {
    StringBuilder body = new StringBuilder("[");
    for (int i = 0; i < points; i++) {
      body.append(i == 0 ? "" : ",")
          .append("{\"name\":\"app.requests.")
          .append(i % 10)
          .append("\",\"timestamp\":1795225573,\"tags\":{\"service\":\"shop\",\"zone\":\"eu-")
          .append(i % 3)
          .append("\"},\"value\":")
          .append("1".repeat(ID_DIGITS))
          .append('}');
    }
    body.append(']');
    return ("POST /post?ns="
            + NAMESPACE
            + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(UTF_8);
  }

  private int[] places(byte[] request) {
    String text = new String(request, US_ASCII);
    int[] places = new int[points];
    int at = 0;
    for (int i = 0; i < points; i++) {
      at = text.indexOf("\"value\":", at) + 8;
      places[i] = at;
    }
    return places;
  }

  /** Always as many digits, so that the request stays as long: 1 and the number. */
  private static void number(byte[] request, int place, long number) {
    long rest = number;
    for (int i = ID_DIGITS - 1; i > 0; i--) {
      request[place + i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
