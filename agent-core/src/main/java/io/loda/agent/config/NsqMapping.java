package io.loda.agent.config;

import io.loda.common.config.ConfigReader;
import io.loda.common.config.SecretFile;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an output of type {@code nsq} has beside its servers. */
final class NsqMapping {

  private final ConfigReader reader;
  private final String key;

  NsqMapping(ConfigReader reader, String key) {
    this.reader = reader;
    this.key = key;
  }

  AgentConfig.Nsq read() {
    String client = reader.oneOfOr(key + ".client", List.of("own", "nsq-j"));
    AgentConfig.Nsq nsq =
        new AgentConfig.Nsq(
            client,
            reader.httpHostPortsOr(key + ".lookupd"),
            reader.boolOr(key + ".allow-ephemeral", false),
            tls(),
            reader.secretFile(key + ".auth-secret-file"));
    boolean more = !nsq.lookupd().isEmpty() || nsq.tls() != null || nsq.authSecretFile() != null;
    if (client.equals("nsq-j") && more) {
      reader.problem(key + ".client", "own, with lookupd, tls or auth-secret-file");
    }
    return nsq;
  }

  private AgentConfig.@Nullable Tls tls() {
    boolean enabled = reader.boolOr(key + ".tls.enabled", false);
    Path cert = reader.pathOrNull(key + ".tls.cert");
    SecretFile secretKey = reader.secretFile(key + ".tls.key");
    Path privateKey = secretKey == null ? null : secretKey.path();
    AgentConfig.Tls tls = new AgentConfig.Tls(reader.pathOrNull(key + ".tls.ca"), cert, privateKey);
    if ((cert == null) != (privateKey == null)) {
      reader.problem(key + ".tls.cert", "both cert and key, or neither");
    }
    if (!enabled && !tls.equals(new AgentConfig.Tls(null, null, null))) {
      reader.problem(key + ".tls.enabled", "true, as there are files for it");
    }
    return enabled ? tls : null;
  }
}
