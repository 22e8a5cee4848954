package io.loda.agent.assignment;

import io.loda.agent.config.HostPort;
import io.loda.agent.net.HostLookup;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Finds hosts' IP addresses, one after another, so that a name server that is silent holds up one
 * thread of those that others ask with too. Never blocks; one event loop.
 */
public final class HostAddresses {

  private static final int ANY_PORT = 1;

  private final HostLookup lookup;
  private final Duration patience;

  /**
   * By a resolver.
   *
   * @param patience for each; after one that took longer no other is asked for
   */
  public HostAddresses(HostLookup lookup, Duration patience) {
    this.lookup = lookup;
    this.patience = patience;
  }

  /** Those that were found; never fails. */
  public Future<Map<String, List<String>>> find(Set<String> hosts) {
    Map<String, List<String>> found = new TreeMap<>();
    Future<Void> all = Future.succeededFuture();
    for (String host : hosts) {
      all = all.compose(unused -> findOne(host, found));
    }
    return all.transform(unused -> Future.succeededFuture(found));
  }

  /** Fails when there is no use in asking on. */
  private Future<Void> findOne(String host, Map<String, List<String>> found) {
    return lookup
        .findAll(new HostPort(host, ANY_PORT))
        .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
        .map(
            all ->
                found.put(
                    host, all.stream().map(HostAddresses::ip).filter(ip -> !ip.isEmpty()).toList()))
        .recover(
            e ->
                e instanceof java.util.concurrent.TimeoutException
                    ? Future.failedFuture(e)
                    : Future.succeededFuture())
        .mapEmpty();
  }

  private static String ip(SocketAddress address) {
    String ip = address.hostAddress();
    return ip == null ? "" : ip;
  }

  public Future<Void> close() {
    return lookup.close();
  }
}
