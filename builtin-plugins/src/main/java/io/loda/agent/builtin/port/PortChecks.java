package io.loda.agent.builtin.port;

import io.loda.agent.builtin.kit.ItemFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Creates the check of an item, and owns the threads that the checks share. Thread-safe.
 *
 * <p>A port is open if: {@code tcp}: a connection is accepted. {@code udp}: it isn't reported as
 * closed. {@code unix}: a connection to the socket file {@code path} is accepted. {@code http},
 * {@code https}: {@code path} is answered with {@code status}, or with any below 400. {@code tls}:
 * a handshake succeeds, whoever signed the certificate.
 */
final class PortChecks {
  /**
   * A check without an answer blocks a thread until its time-out, and a hundred such checks must
   * run at once.
   */
  private static final int BLOCKING_THREADS = 128;

  private static final long STACK_BYTES = 256 * 1024;
  private static final Pattern LITERAL_ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:.*");

  /** For checks that only block in the JDK, including the look-up of a host's name. */
  private final ThreadPoolExecutor blocking =
      new ThreadPoolExecutor(
          BLOCKING_THREADS,
          BLOCKING_THREADS,
          10,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> {
            Thread thread = new Thread(null, task, "port-checks-blocking", STACK_BYTES);
            thread.setDaemon(true);
            return thread;
          });

  private @Nullable TcpConnector connector;
  private @Nullable HttpClient client;

  PortChecks() {
    blocking.allowCoreThreadTimeOut(true);
  }

  /**
   * @throws IllegalArgumentException when the item's fields don't define a check
   */
  PortCheck of(String protocol, ItemFields given) {
    Duration timeout = Duration.ofSeconds(timeoutSeconds(given));
    PortCheck check = check(protocol, given, timeout);
    // bounds also the look-up of a name, and a server that answers byte by byte
    return () -> check.start().orTimeout(3 * timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private PortCheck check(String protocol, ItemFields given, Duration timeout) {
    if (protocol.equals("unix")) {
      Path socket = given.host().resolve(given.required("path"));
      return () -> block(() -> BlockingChecks.unix(socket));
    }
    if (!Pattern.matches("tcp|udp|tls|https?", protocol)) {
      throw ItemFields.wrong("protocol", "tcp, udp, unix, http, https or tls", protocol);
    }
    String host = given.text("host").orElse("127.0.0.1");
    int port = given.requiredInteger("port", 1, 65535);
    return switch (protocol) {
      case "udp" -> () -> block(() -> BlockingChecks.udp(resolve(host, port), timeout));
      case "tls" -> () -> block(() -> BlockingChecks.tls(host, resolve(host, port), timeout));
      case "http", "https" -> {
        HttpCheck http = HttpCheck.of(protocol, host, port, given, timeout);
        yield () -> http.start(client());
      }
      default -> () -> tcp(host, port, timeout);
    };
  }

  /** Returns the time-out; 0 means the default, as in older agents. */
  private static int timeoutSeconds(ItemFields given) {
    int seconds = given.integer("connect_timeout", 3, 0, 3600);
    return seconds == 0 ? 3 : seconds;
  }

  private CompletableFuture<PortResult> tcp(String host, int port, Duration timeout) {
    if (LITERAL_ADDRESS.matcher(host).matches()) {
      return connect(new InetSocketAddress(host, port), timeout);
    }
    return CompletableFuture.supplyAsync(
            () -> {
              try {
                return resolve(host, port);
              } catch (UnknownHostException e) {
                throw new CompletionException(e);
              }
            },
            blocking)
        .thenCompose(address -> connect(address, timeout));
  }

  private static InetSocketAddress resolve(String host, int port) throws UnknownHostException {
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException e) {
      UnknownHostException clear =
          new UnknownHostException("host: no address found for \"" + host + "\"");
      clear.initCause(e);
      throw clear;
    }
  }

  private synchronized CompletableFuture<PortResult> connect(
      InetSocketAddress address, Duration timeout) {
    try {
      TcpConnector current = connector;
      if (current == null) {
        current = TcpConnector.start();
        connector = current;
      }
      return current.connect(address, timeout);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private synchronized HttpClient client() {
    HttpClient current = client;
    if (current == null) {
      current =
          HttpClient.newBuilder()
              .executor(blocking)
              .followRedirects(HttpClient.Redirect.NEVER)
              .build();
      client = current;
    }
    return current;
  }

  private CompletableFuture<PortResult> block(Callable<PortResult> check) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return check.call();
          } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        },
        blocking);
  }

  /** Releases the threads until another port is checked. */
  synchronized void idle() {
    if (connector != null) {
      connector.close();
      connector = null;
    }
    client = null;
  }
}
