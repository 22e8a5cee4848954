package io.loda.agent.output.nsq;

import io.loda.agent.output.OutputSettings;
import io.loda.agent.output.OutputType;
import io.loda.common.config.ConfigReader;
import io.loda.common.config.HostPort;
import io.loda.common.config.SecretFile;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Type {@code nsq}. */
public final class NsqType implements OutputType {

  private static final Pattern TOPIC_PREFIX = Pattern.compile("[.a-zA-Z0-9_-]{0,63}");

  @Override
  public String name() {
    return "nsq";
  }

  @Override
  public OutputSettings read(ConfigReader reader, String key) {
    String client = reader.oneOfOr(key + ".client", List.of("own", "nsq-j"));
    List<HostPort> lookupd = reader.httpHostPortsOr(key + ".lookupd");
    boolean allowEphemeral = reader.boolOr(key + ".allow-ephemeral", false);
    NsqSettings.Tls tls = tls(reader, key + ".tls");
    SecretFile authSecretFile = reader.secretFile(key + ".auth-secret-file");
    boolean ownOnly = !lookupd.isEmpty() || tls != null || authSecretFile != null;
    if (client.equals("nsq-j") && ownOnly) {
      reader.problem(key + ".client", "own, with lookupd, tls or auth-secret-file");
    }
    return new NsqSettings(
        client,
        servers(reader, key, !lookupd.isEmpty()),
        lookupd,
        topicPrefix(reader, key + ".topic-prefix"),
        reader.oneOfOr(key + ".balance", List.of("round-robin", "failover")),
        allowEphemeral,
        tls,
        authSecretFile);
  }

  private static NsqSettings.@Nullable Tls tls(ConfigReader reader, String key) {
    boolean enabled = reader.boolOr(key + ".enabled", false);
    Path cert = reader.pathOrNull(key + ".cert");
    SecretFile secretKey = reader.secretFile(key + ".key");
    Path privateKey = secretKey == null ? null : secretKey.path();
    Path ca = reader.pathOrNull(key + ".ca");
    if ((cert == null) != (privateKey == null)) {
      reader.problem(key + ".cert", "both cert and key, or neither");
    }
    if (!enabled && (ca != null || cert != null || privateKey != null)) {
      reader.problem(key + ".enabled", "true, as there are files for it");
    }
    return enabled ? new NsqSettings.Tls(ca, cert, privateKey) : null;
  }

  private static List<HostPort> servers(ConfigReader reader, String block, boolean lookup) {
    String key = block + ".servers";
    boolean given = reader.has(key);
    if (!given && reader.has(block + ".lookupd")) {
      return List.of();
    }
    List<HostPort> servers = reader.hostPorts(key);
    if (given && servers.isEmpty() && !lookup) {
      reader.problem(key, "at least one host:port, or lookupd");
    }
    return servers;
  }

  private static String topicPrefix(ConfigReader reader, String key) {
    String prefix = reader.stringOr(key, OutputSettings.TOPIC_PREFIX);
    if (!TOPIC_PREFIX.matcher(prefix).matches()) {
      reader.problem(key, "at most 63 of [.a-zA-Z0-9_-]");
    }
    return prefix;
  }
}
