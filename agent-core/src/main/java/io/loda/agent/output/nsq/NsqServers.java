package io.loda.agent.output.nsq;

import io.loda.common.config.HostPort;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The nsqds of an output, and the choice of the next one. One event loop. */
final class NsqServers {

  private final boolean roundRobin;
  private final Function<HostPort, NsqServer> factory;

  /** Replaced and never changed, so that {@link #maxMessageBytes} can run on other threads. */
  private volatile Map<HostPort, NsqServer> servers = Map.of();

  private int turn;

  NsqServers(boolean roundRobin, Function<HostPort, NsqServer> factory) {
    this.roundRobin = roundRobin;
    this.factory = factory;
  }

  /** Sets the servers, each with the topics that aren't sent there; connects to new ones. */
  void set(Map<HostPort, Set<String>> wanted) {
    Map<HostPort, NsqServer> next = new LinkedHashMap<>(servers);
    Set<HostPort> gone = new HashSet<>(next.keySet());
    gone.removeAll(wanted.keySet());
    gone.forEach(
        address -> {
          NsqServer server = next.remove(address);
          if (server != null) {
            server.retire();
          }
        });
    List<NsqServer> fresh = new ArrayList<>();
    wanted.forEach(
        (address, tombstones) -> {
          NsqServer server = next.get(address);
          if (server == null) {
            server = factory.apply(address);
            next.put(address, server);
            fresh.add(server);
          }
          server.tombstones(tombstones);
        });
    servers = next;
    fresh.forEach(NsqServer::connect);
  }

  /** Returns a server that is ready and accepts the topic; null: there is none. */
  @Nullable NsqServer choose(String topic) {
    List<NsqServer> ready = new ArrayList<>(servers.size());
    for (NsqServer server : servers.values()) {
      if (!server.takes(topic)) {
        continue;
      }
      if (server.isReady()) {
        if (!roundRobin) {
          return server;
        }
        ready.add(server);
      } else if (server.isNew()) {
        // new servers get a moment to connect before the others get all messages
        return null;
      }
    }
    return ready.isEmpty() ? null : ready.get(Math.floorMod(turn++, ready.size()));
  }

  /** Shortens all long back-offs; called when no server is ready. */
  void hurry() {
    servers.values().forEach(NsqServer::hurry);
  }

  boolean isNoneReady() {
    return servers.values().stream().noneMatch(NsqServer::isReady);
  }

  /** Returns whether a server that accepts the topic is connecting. */
  boolean mayBeReadySoon(String topic) {
    return servers.values().stream().anyMatch(s -> s.takes(topic) && s.isConnecting());
  }

  /** Returns why no server accepts the topic. */
  String failures(String topic) {
    return servers.values().stream()
        .map(
            server ->
                server.takes(topic)
                    ? server.failure().isEmpty()
                        ? server.address() + ": not connected yet"
                        : server.failure()
                    : server.address() + ": the topic has a tombstone there")
        .collect(Collectors.joining("; "));
  }

  /** Returns the largest message that all servers accept; any thread. */
  long maxMessageBytes() {
    return servers.values().stream()
        .mapToLong(NsqServer::maxMessageBytes)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  Collection<NsqServer> all() {
    return servers.values();
  }

  Future<Void> close() {
    return Future.join(servers.values().stream().map(NsqServer::close).toList()).mapEmpty();
  }
}
