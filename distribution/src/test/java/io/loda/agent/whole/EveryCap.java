package io.loda.agent.whole;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.GZIPOutputStream;

/**
 * Callers of an agent's API that take all of its memory that they can get, all at once, until they
 * are told to stop. What each was answered is counted.
 */
final class EveryCap implements AutoCloseable {

  private static final String POST = "POST /post?ns=first.loda HTTP/1.1\r\nHost: x\r\n";
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int MAX_BODY = 8 << 20;

  /** More than may run at once. */
  private static final int BY_HAND = 4;

  private final int port;
  private final Path zeros;
  private final Path plugins;
  private final Map<String, LongAdder> answers = new ConcurrentSkipListMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private final byte[] points = points();
  private final byte[] bomb;
  private volatile boolean stopped;

  private interface Attack {
    void once() throws IOException, InterruptedException;
  }

  /**
   * Callers that haven't begun.
   *
   * @param zeros a file of 8 MiB without a line break, which may be read as a log
   * @param plugins the folder of plugins {@code large0} to {@code large9}
   */
  EveryCap(int port, Path zeros, Path plugins) throws IOException {
    this.port = port;
    this.zeros = zeros;
    this.plugins = plugins;
    this.bomb = packed();
  }

  void start() {
    begin(2, "unfinished", this::unfinished);
    begin(2, "bomb", this::bomb);
    begin(4, "post", () -> post("", points));
    begin(1, "too large", this::tooLarge);
    begin(2, "log", this::readNothing);
    begin(1, "idle", this::idle);
    begin(2, "status", () -> ask("status", "/me/status"));
    begin(2, "list", () -> ask("list", "/plugins/list"));
    for (int i = 0; i < BY_HAND; i++) {
      int plugin = i;
      begin(1, "run", () -> runByHand(plugin));
    }
  }

  private void begin(int count, String name, Attack attack) {
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(() -> again(name, attack), name);
      thread.setDaemon(true);
      threads.add(thread);
      thread.start();
    }
  }

  private void again(String name, Attack attack) {
    while (!stopped) {
      try {
        attack.once();
      } catch (IOException e) {
        // it was cut off, as it deserves; one that can't even connect tries again
        count(name + " cut");
        pause(20);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How often each was answered what: {@code post 503}. */
  Map<String, Long> answers() {
    Map<String, Long> all = new TreeMap<>();
    answers.forEach((what, count) -> all.put(what, count.sum()));
    return all;
  }

  /** How often anybody was answered this. */
  long answered(int status) {
    return answers().entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(" " + status))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** How often one was answered this. */
  long answered(String what, int status) {
    return answers().getOrDefault(what + " " + status, 0L);
  }

  private void count(String what) {
    answers.computeIfAbsent(what, unused -> new LongAdder()).increment();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    try {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** A dozen bodies that begin well, go on as slowly as they may, and don't end. */
  private void unfinished() throws IOException, InterruptedException {
    List<Socket> held = new ArrayList<>();
    try {
      for (int i = 0; i < 12; i++) {
        Socket socket = connect();
        held.add(socket);
        send(socket, POST + "Content-Length: 8000000\r\n\r\n[");
        send(socket, " ".repeat(1_500_000));
      }
      while (!stopped) {
        TimeUnit.MILLISECONDS.sleep(100);
        for (Socket socket : held) {
          send(socket, " ".repeat(3_000));
        }
      }
    } finally {
      for (Socket socket : held) {
        answerWithin(socket, "unfinished");
        socket.close();
      }
    }
  }

  /** What it was answered while it wrote. */
  private void answerWithin(Socket socket, String name) throws IOException {
    socket.setSoTimeout(1);
    try {
      count(name + " " + status(socket.getInputStream()));
    } catch (IOException e) {
      count(name + " unanswered");
    }
  }

  private void bomb() throws IOException {
    post("Content-Encoding: gzip\r\n", bomb);
  }

  private void tooLarge() throws IOException {
    try (Socket socket = connect()) {
      send(socket, POST + "Content-Length: " + 8 * MAX_BODY + "\r\n\r\n[");
      count("too large " + status(socket.getInputStream()));
    }
    pause(200);
  }

  private void post(String headers, byte[] body) throws IOException {
    try (Socket socket = connect()) {
      String name = headers.isEmpty() ? "post" : "bomb";
      send(socket, POST + headers + "Content-Length: " + body.length + "\r\n\r\n");
      try {
        socket.getOutputStream().write(body);
      } catch (IOException e) {
        // it was answered before its end
      }
      count(name + " " + status(socket.getInputStream()));
    }
  }

  /** Logs of 8 MiB, which nobody reads. */
  private void readNothing() throws IOException, InterruptedException {
    List<Socket> held = new ArrayList<>();
    try {
      for (int i = 0; i < 60; i++) {
        Socket socket = connect();
        held.add(socket);
        socket.setReceiveBufferSize(4096);
        send(
            socket,
            "GET /log/offset?offset=0&num=1&fpath="
                + URLEncoder.encode(zeros.toString(), UTF_8)
                + " HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      for (int i = 0; i < 30 && !stopped; i++) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
    } finally {
      for (Socket socket : held) {
        answerWithin(socket, "log");
        socket.close();
      }
    }
  }

  private void idle() throws IOException, InterruptedException {
    List<Socket> held = new ArrayList<>();
    try {
      for (int i = 0; i < 600 && !stopped; i++) {
        held.add(connect());
        count("idle opened");
      }
      TimeUnit.MILLISECONDS.sleep(500);
    } finally {
      for (Socket socket : held) {
        socket.close();
      }
    }
  }

  private void ask(String name, String path) throws IOException {
    try (Socket socket = connect()) {
      // several at once: the answers to the others wait for the first
      send(
          socket,
          ("GET " + path + " HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n").repeat(4));
      count(name + " " + status(socket.getInputStream()));
    }
  }

  private void runByHand(int plugin) throws IOException {
    try (Socket socket = connect()) {
      send(
          socket,
          "GET /plugins/run?ns=first.loda&timeout=10&repo=path:"
              + URLEncoder.encode(plugins + "/byhand" + plugin, UTF_8)
              + " HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n");
      count("run " + status(socket.getInputStream()));
    }
    pause(50);
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static String status(InputStream in) throws IOException {
    byte[] line = in.readNBytes("HTTP/1.1 200".length());
    String text = new String(line, UTF_8);
    if (!text.startsWith("HTTP/1.1 ")) {
      throw new IOException("no answer: " + text);
    }
    return text.substring("HTTP/1.1 ".length());
  }

  /** A body just below what it may be. */
  private static byte[] points() {
    StringBuilder list = new StringBuilder("[");
    for (int i = 0; list.length() < MAX_BODY - 100; i++) {
      list.append(i == 0 ? "" : ",").append("{\"name\":\"a\",\"value\":").append(i).append('}');
    }
    return list.append(']').toString().getBytes(UTF_8);
  }

  private static byte[] packed() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      byte[] blanks = new byte[1 << 20];
      for (int i = 0; i < 64; i++) {
        out.write(blanks);
      }
    }
    return packed.toByteArray();
  }

  @Override
  public void close() {
    stopped = true;
    try {
      for (Thread thread : threads) {
        thread.join(TIMEOUT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
