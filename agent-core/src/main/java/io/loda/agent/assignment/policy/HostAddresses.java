package io.loda.agent.assignment.policy;

import io.loda.common.config.HostPort;
import io.loda.common.files.SafeFiles;
import io.loda.common.net.HostLookup;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds the IP addresses of hosts and the real paths of folders of this host. It looks up one after
 * another, so that a silent name server holds up only one of the shared look-up threads. While a
 * folder's file server is silent, it looks up no folder: Java can't end such a look-up. Never
 * blocks; one event loop.
 */
public final class HostAddresses {

  private static final int ANY_PORT = 1;

  private final HostLookup lookup;
  private final WorkerExecutor folders;
  private final Duration patience;

  /** The last look-up of a folder. */
  private Future<?> last = Future.succeededFuture();

  /**
   * Makes one that asks a resolver.
   *
   * @param patience the time-out of each look-up; after a timeout it doesn't look up the others
   */
  public HostAddresses(Vertx vertx, HostLookup lookup, Duration patience) {
    this.folders = vertx.createSharedWorkerExecutor("policy-folders", 1);
    this.lookup = lookup;
    this.patience = patience;
  }

  /**
   * Looks the places up, and returns those that were found; never fails.
   *
   * @param places names of hosts, and absolute paths
   */
  public Future<Map<String, List<String>>> find(Set<String> places) {
    Map<String, List<String>> found = new TreeMap<>();
    Future<Void> all = Future.succeededFuture();
    for (String place : places) {
      all = all.compose(unused -> findOne(place, found));
    }
    return all.transform(unused -> Future.succeededFuture(found));
  }

  /** Fails on a timeout: then the other look-ups are left out. */
  private Future<Void> findOne(String place, Map<String, List<String>> found) {
    return (place.startsWith("/") ? folder(place) : ips(place))
        .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
        .map(all -> found.put(place, all))
        .recover(
            e -> e instanceof TimeoutException ? Future.failedFuture(e) : Future.succeededFuture())
        .mapEmpty();
  }

  private Future<List<String>> ips(String host) {
    return lookup
        .findAll(new HostPort(host, ANY_PORT))
        .map(all -> all.stream().map(HostAddresses::ip).filter(ip -> !ip.isEmpty()).toList());
  }

  private Future<List<String>> folder(String path) {
    if (!last.isComplete()) {
      return Future.failedFuture(new TimeoutException());
    }
    Future<List<String>> found =
        folders.executeBlocking(() -> List.of(SafeFiles.realPath(Path.of(path)).toString()), false);
    last = found;
    return found;
  }

  private static String ip(SocketAddress address) {
    String ip = address.hostAddress();
    return ip == null ? "" : ip;
  }

  public Future<Void> close() {
    return folders.close().transform(unused -> lookup.close());
  }
}
