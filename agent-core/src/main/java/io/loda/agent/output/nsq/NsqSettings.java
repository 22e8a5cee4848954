package io.loda.agent.output.nsq;

import io.loda.agent.output.Output;
import io.loda.agent.output.OutputSettings;
import io.loda.common.config.HostPort;
import io.loda.common.config.SecretFile;
import io.loda.common.net.HostLookup;
import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys of an output of type {@code nsq}.
 *
 * @param client {@code own} or {@code nsq-j}
 * @param lookupd the nsqlookupds that know further servers
 * @param balance {@code round-robin} or {@code failover}
 * @param tls null: plain
 * @param authSecretFile null: no secret
 */
public record NsqSettings(
    String client,
    List<HostPort> servers,
    List<HostPort> lookupd,
    String topicPrefix,
    String balance,
    boolean allowEphemeral,
    @Nullable Tls tls,
    @Nullable SecretFile authSecretFile)
    implements OutputSettings {

  public NsqSettings {
    servers = List.copyOf(servers);
    lookupd = List.copyOf(lookupd);
  }

  /**
   * Files in PEM.
   *
   * @param ca verifies the server's certificate; null: by the authorities that Java knows
   * @param cert the agent's own; null: none
   * @param key of {@code cert}
   */
  public record Tls(@Nullable Path ca, @Nullable Path cert, @Nullable Path key) {}

  @Override
  public Output create(Vertx vertx, String name, OutputStream stdout) {
    return client.equals("nsq-j")
        ? new NsqjOutput(vertx, name, this)
        : new NsqOutput(vertx, name, this, NsqOutput.Times.DEFAULTS, HostLookup.ofSystem(vertx));
  }

  boolean roundRobin() {
    return balance.equals("round-robin");
  }

  @Override
  public Map<String, Path> files() {
    Map<String, Path> files = new LinkedHashMap<>();
    put(files, "auth-secret-file", authSecretFile == null ? null : authSecretFile.path());
    if (tls != null) {
      put(files, "tls.ca", tls.ca());
      put(files, "tls.cert", tls.cert());
      put(files, "tls.key", tls.key());
    }
    return files;
  }

  private static void put(Map<String, Path> files, String key, @Nullable Path file) {
    if (file != null) {
      files.put(key, file);
    }
  }
}
