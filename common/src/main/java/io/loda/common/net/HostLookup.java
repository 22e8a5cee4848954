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
 * Asks the system for a host's address, anew for each connection.
 *
 * <p>The system's resolver knows {@code /etc/hosts} and whatever else the host asks, and reads
 * {@code resolv.conf} again when that changes. But it blocks for as long as a name server is silent
 * (10 s and more), and Vert.x would ask it on the event loop: so it has threads of its own.
 */
public final class HostLookup {

  private static final int THREADS = 2;
  private static final long MAX_EXECUTE_MINUTES = 5;

  /** A resolver that blocks. */
  public interface Resolver {
    InetAddress[] all(String host) throws UnknownHostException;
  }

  private final WorkerExecutor worker;
  private final Resolver resolver;
  private int turn;

  /** By the system's resolver. */
  public static HostLookup ofSystem(Vertx vertx) {
    return new HostLookup(vertx, InetAddress::getAllByName);
  }

  /** By another resolver. */
  public HostLookup(Vertx vertx, Resolver resolver) {
    this.resolver = resolver;
    this.worker =
        vertx.createSharedWorkerExecutor("names", THREADS, MAX_EXECUTE_MINUTES, TimeUnit.MINUTES);
  }

  /** Of several addresses the next one each time; fails with UnknownHostException. */
  public Future<SocketAddress> find(HostPort server) {
    return findAll(server).map(all -> all.get(Math.floorMod(turn++, all.size())));
  }

  /** All its addresses, the system's favourite first; fails with UnknownHostException. */
  public Future<List<SocketAddress>> findAll(HostPort server) {
    SocketAddress address = SocketAddress.inetSocketAddress(server.port(), server.host());
    if (address.hostName() == null) {
      return Future.succeededFuture(List.of(address));
    }
    // a worker without a thread throws; here that is a failure like any other
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
