package io.loda.common.net;

import io.loda.common.config.HostPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Looks up a host's address by the system's resolver, again for each connection.
 *
 * <p>The resolver uses {@code /etc/hosts} and other sources of the host, and reads a changed {@code
 * resolv.conf} again. But it blocks while a name server is silent (10 s and more), and Vert.x would
 * call it on the event loop. So it has its own threads.
 */
public final class HostLookup {

  private static final int THREADS = 2;
  private static final long MAX_EXECUTE_MINUTES = 5;

  public interface Resolver {
    InetAddress[] all(String host) throws UnknownHostException;
  }

  private final WorkerExecutor worker;
  private final Resolver resolver;
  private int turn;

  /** Uses the system's resolver. */
  public static HostLookup ofSystem(Vertx vertx) {
    return new HostLookup(vertx, InetAddress::getAllByName);
  }

  /** Uses another resolver. */
  public HostLookup(Vertx vertx, Resolver resolver) {
    this.resolver = resolver;
    this.worker =
        vertx.createSharedWorkerExecutor("names", THREADS, MAX_EXECUTE_MINUTES, TimeUnit.MINUTES);
  }

  /** Returns one address, of several the next at each call; fails with UnknownHostException. */
  public Future<SocketAddress> find(HostPort server) {
    return findAll(server).map(all -> all.get(Math.floorMod(turn++, all.size())));
  }

  /** Returns all addresses, in the system's order; fails with UnknownHostException. */
  public Future<List<SocketAddress>> findAll(HostPort server) {
    SocketAddress address = SocketAddress.inetSocketAddress(server.port(), server.host());
    if (address.hostName() == null) {
      return Future.succeededFuture(List.of(address));
    }
    // a worker without a thread throws; that fails like any other error
    return Future.succeededFuture()
        .compose(unused -> worker.executeBlocking(() -> resolver.all(server.host()), false))
        .map(
            found ->
                Arrays.stream(found)
                    .map(one -> new InetSocketAddress(one, server.port()))
                    .map(SocketAddress::inetSocketAddress)
                    .toList());
  }

  public Future<Void> close() {
    return worker.close();
  }
}
