package io.loda.agent.poll;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loda.agent.registry.HostIdentity;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The name and the addresses that the registry last accepted, in a file. Blocks: worker threads
 * only.
 */
final class LastReport {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int MOST_BYTES = 1 << 20;

  private final Path file;

  LastReport(Path file) {
    this.file = file;
  }

  /** The last report; null: there is none, or the file is broken. */
  @Nullable HostIdentity load() {
    try {
      JsonNode json = MAPPER.readTree(SafeFiles.readBytes(file, MOST_BYTES));
      List<String> ips = new ArrayList<>();
      json.path("ips").forEach(ip -> ips.add(ip.asText()));
      String hostname = json.path("hostname").asText("");
      return hostname.isEmpty() ? null : new HostIdentity(hostname, ips, "");
    } catch (IOException e) {
      return null;
    }
  }

  void save(HostIdentity host) throws IOException {
    ObjectNode json = MAPPER.createObjectNode().put("hostname", host.hostname());
    host.ips().forEach(json.putArray("ips")::add);
    OwnFiles.replace(file, json.toString());
  }
}
