package io.loda.agent.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import io.loda.agent.output.OutputSettings;
import io.loda.agent.output.OutputType;
import io.loda.common.config.ConfigReader;
import io.loda.common.config.SecretFile;
import io.loda.common.files.Trust;
import io.loda.common.http.SocketAccess;
import io.loda.common.logging.LogSettings;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Maps the keys to the records, and checks the values. */
final class ConfigMapping {

  private static final Pattern GIT_URL =
      Pattern.compile("(ssh|https|git|file)://\\S+|[^/:\\s-][^/:\\s]*:(?!/?/)\\S+");
  private static final Pattern SOCKET_MODE = Pattern.compile("0?[0-7]{3}");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Pattern ID_RANGE =
      Pattern.compile("(?<first>[0-9]{1,10})-(?<last>[0-9]{1,10})");

  private final ConfigReader reader;
  private final Config config;
  private final Path home;
  private final List<String> notices;

  ConfigMapping(ConfigReader reader, Config config, Path home) {
    this(reader, config, home, List.of());
  }

  /**
   * Makes a mapping that also collects warnings.
   *
   * @param notices gets the warnings for the log
   */
  ConfigMapping(ConfigReader reader, Config config, Path home, List<String> notices) {
    this.reader = reader;
    this.config = config;
    this.home = home;
    this.notices = new ArrayList<>(notices);
  }

  AgentConfig read(List<Policy> policies) {
    reserved("", ReservedKeys.VALUES);
    return new AgentConfig(
        host(), log(), http(), registry(), plugins(), outputs(), delivery(), notices, policies);
  }

  private AgentConfig.HostConfig host() {
    return new AgentConfig.HostConfig(
        reader.string("agent.hostname").trim(),
        reader.strings("agent.interfaces"),
        home,
        reader.path("agent.data-dir"),
        reader.path("agent.pid-file"),
        reader.oneOf("agent.profile", List.of("small", "gateway")),
        reader.strings("agent.ntp-servers"),
        reader.path("agent.host-proc"),
        reader.path("agent.host-sys"),
        reader.path("agent.host-root"),
        reader.strings("agent.default-types"));
  }

  private LogSettings log() {
    String file = reader.string("log.file");
    return new LogSettings(
        reader.oneOf("log.level", List.of("info", "error", "warn", "debug", "trace")),
        file.isBlank() ? null : reader.path("log.file"),
        reader.bytes("log.max-size", 64 * 1024),
        reader.integer("log.keep", 1, 1000));
  }

  private AgentConfig.Http http() {
    Path unixSocket = socket("http.unix-socket");
    Path postSocket = socket("http.post-socket");
    if (postSocket != null && postSocket.equals(unixSocket)) {
      reader.problem("http.post-socket", "another path than http.unix-socket");
    }
    return new AgentConfig.Http(
        reader.hostPort("http.listen"),
        unixSocket,
        reader.bool("http.legacy-get"),
        reader.paths("http.log-roots"),
        reader.bytes("http.max-body", 1024),
        reader.integer("http.max-connections", 8, 65_536),
        access("http.unix-socket"),
        postSocket,
        access("http.post-socket"));
  }

  private @Nullable Path socket(String key) {
    return reader.string(key).isBlank() ? null : reader.path(key);
  }

  private SocketAccess access(String key) {
    String mode = reader.string(key + "-mode");
    if (!SOCKET_MODE.matcher(mode).matches()) {
      reader.problem(key + "-mode", "an octal number like \"0660\"");
      mode = "0660";
    }
    return new SocketAccess(Integer.parseInt(mode, 8), reader.string(key + "-group").strip());
  }

  private AgentConfig.RegistryConfig registry() {
    String expected = "an address like http://registry:8000";
    String url = reader.string("registry.http.url", expected).replaceAll("/+$", "");
    if (!isHttpAddress(url)) {
      reader.badText("registry.http.url", expected);
    }
    boolean login = url.contains("@");
    SecretFile authFile = reader.secretFile("registry.http.auth-file");
    if (login && authFile != null) {
      reader.problem("registry.http.auth-file", "nothing, as registry.http.url has a user");
    }
    if (login) {
      notices.add(
          "registry.http.url has a user in it, perhaps with a password: write \"basic USER:PASSWORD\""
              + " into a file with mode 0600, and name that in registry.http.auth-file");
    }
    return new AgentConfig.RegistryConfig(
        reader.oneOf("registry.type", List.of("directory", "http")),
        reader.path("registry.directory.path"),
        url,
        authFile,
        reader.duration("registry.http.timeout", Duration.ofMillis(100)),
        reader.duration("registry.poll-interval", SECOND),
        reader.duration("registry.report-interval", SECOND),
        reader.bytes("registry.max-answer", 1024),
        reader.integer("registry.max-items", 1, 1_000_000));
  }

  private static boolean isHttpAddress(String text) {
    try {
      // a URI refuses hosts with an underscore
      URL url = new URL(text);
      return text.matches("https?://[^\\s?#]+")
          && !url.getHost().isEmpty()
          && url.getPort() <= 65535;
    } catch (MalformedURLException e) {
      return false;
    }
  }

  private AgentConfig.Plugins plugins() {
    String gitUrl = reader.string("plugins.git-url");
    if (!gitUrl.isEmpty() && !gitUrl.contains("%s")) {
      reader.problem("plugins.git-url", "a template with %s where GROUP/REPO goes, or nothing");
    } else if (!gitUrl.isEmpty() && !GIT_URL.matcher(gitUrl).matches()) {
      reader.problem(
          "plugins.git-url",
          "an address like git@host:%s.git, ssh://…, https://…, git://… or file://…");
    }
    String user = reader.string("plugins.user", "a user's name");
    if (!user.matches("[A-Za-z_][A-Za-z0-9_.-]*\\$?")) {
      reader.badText("plugins.user", "a user's name");
    }
    return new AgentConfig.Plugins(
        reader.path("plugins.dir"),
        user,
        userIds(),
        reader.bool("plugins.allow-root"),
        reader.paths("plugins.local-roots"),
        reader.string("plugins.branch"),
        gitUrl,
        reader.duration("plugins.git-timeout", SECOND),
        reader.bytes("plugins.max-repository", 1024),
        reader.path("plugins.java-dir"),
        reader.stringMap("plugins.env"),
        reader.bytes("plugins.max-output", 1024),
        reader.bytes("plugins.max-scratch", 4096),
        reader.integer("plugins.max-concurrent", 1, 1024),
        reader.integer("plugins.max-runs", 1, 1024),
        reader.integer("plugins.max-by-hand", 1, 64),
        reader.integer("plugins.max-series", 1, 10_000_000),
        reader.duration("plugins.min-interval", SECOND),
        reader.duration("plugins.run-timeout", SECOND),
        reader.integer("plugins.breaker", 0, 1000),
        reader.duration("plugins.enable-after", SECOND),
        new AgentConfig.Limits(
            reader.duration("plugins.limits.cpu", SECOND),
            reader.bytes("plugins.limits.memory", 1024 * 1024),
            reader.textOr("plugins.limits.address-space", "none").equals("none")
                ? 0
                : reader.bytes("plugins.limits.address-space", 1024 * 1024),
            reader.integer("plugins.limits.files", 16, 1 << 20),
            reader.integer("plugins.limits.processes", 1, 1 << 22),
            reader.bytes("plugins.limits.file-size", 4096)),
        git(),
        pathTrust());
  }

  /** A folder has no signature, so with signatures required no other owner is trusted. */
  private Trust pathTrust() {
    List<Integer> uids = new ArrayList<>();
    for (String name : reader.strings("plugins.path-owners")) {
      int uid = SystemUsers.uid(name);
      if (uid < 0) {
        reader.problem(
            "plugins.path-owners", "users of this system, or their numbers; " + name + " is none");
      }
      uids.add(uid);
    }
    boolean signed = reader.textOr("plugins.verify", "off").equals("signed");
    if (signed && !uids.isEmpty()) {
      reader.problem("plugins.path-owners", "nobody, as plugins.verify = signed");
    }
    return new Trust(home).and(uids);
  }

  private AgentConfig.IdRange userIds() {
    String text = reader.string("plugins.user-ids");
    Matcher range = ID_RANGE.matcher(text);
    if (range.matches()) {
      try {
        return new AgentConfig.IdRange(
            Long.parseLong(range.group("first")), Long.parseLong(range.group("last")));
      } catch (IllegalArgumentException e) {
        // reported below
      }
    }
    reader.badText("plugins.user-ids", "a range of user ids, like 59000-59999");
    return new AgentConfig.IdRange(1, 1);
  }

  private AgentConfig.Git git() {
    boolean signed = reader.oneOf("plugins.verify", List.of("off", "signed")).equals("signed");
    boolean keyring = !reader.string("plugins.keyring").isBlank();
    if (signed && !keyring) {
      reader.problem("plugins.keyring", "a file of public keys, for plugins.verify = signed");
    }
    String user = reader.string("plugins.ssh.user");
    if (!user.matches("([A-Za-z0-9_][A-Za-z0-9_.-]*)?")) {
      reader.badText("plugins.ssh.user", "a user's name, or nothing");
    }
    boolean homeKeys = reader.string("plugins.ssh.key").equals("home");
    return new AgentConfig.Git(
        reader.textOr("plugins.auto-update", "off").equals("off")
            ? Duration.ZERO
            : reader.duration("plugins.auto-update", Duration.ofMinutes(1)),
        signed && keyring ? reader.path("plugins.keyring") : null,
        homeKeys ? null : secretPath("plugins.ssh.key"),
        homeKeys,
        user,
        optionalPath("plugins.ssh.known-hosts"),
        reader.oneOf("plugins.ssh.host-keys", List.of("accept-new", "strict")).equals("strict"));
  }

  private @Nullable Path secretPath(String key) {
    SecretFile file = reader.secretFile(key);
    return file == null ? null : file.path();
  }

  private @Nullable Path optionalPath(String key) {
    return reader.string(key).isBlank() ? null : reader.path(key);
  }

  /** Returns every key that an output of any type may have, below the output's name. */
  static Set<String> outputKeys(Path home) {
    Set<String> keys = new TreeSet<>();
    String block = "outputs.x";
    for (String type : OutputTypes.names()) {
      // reading a key makes it known, so no separate list of keys is needed
      Config one = ConfigFactory.parseMap(Map.of(block + ".type", type));
      ConfigReader reader = new ConfigReader(one, home);
      new ConfigMapping(reader, one, home).outputs();
      reader.known().forEach(key -> keys.add(key.substring(block.length() + 1)));
    }
    return keys;
  }

  private Map<String, AgentConfig.OutputConfig> outputs() {
    Map<String, AgentConfig.OutputConfig> outputs = new LinkedHashMap<>();
    if (!(config.root().get("outputs") instanceof ConfigObject block) || block.isEmpty()) {
      reader.problem("outputs", "at least one output, like console { type = stdout }");
      return outputs;
    }
    for (String name : block.keySet()) {
      String key = "outputs." + ConfigUtil.joinPath(name);
      if (!(block.get(name) instanceof ConfigObject)) {
        reader.problem(key, "a block with a type, like { type = stdout }");
        continue;
      }
      if (name.isEmpty()) {
        // its folder on disk would be the folder of all outputs
        reader.noName(key, "a name for the output, like console");
        continue;
      }
      OutputType type = OutputTypes.read(reader, key + ".type");
      if (type == null) {
        // which keys it may have isn't known, so take all of them
        reader.has(key);
        continue;
      }
      OutputSettings settings = type.read(reader, key);
      outputs.put(
          name,
          new AgentConfig.OutputConfig(
              name, type.name(), encoding(key), reader.boolOr(key + ".required", true), settings));
    }
    return outputs;
  }

  private AgentConfig.Encoding encoding(String key) {
    String format = reader.oneOfOr(key + ".format", List.of("influx", "loda-json"));
    String precision = reader.oneOfOr(key + ".precision", List.of("s", "ms", "us", "ns"));
    if (format.equals("loda-json") && !precision.equals("s")) {
      reader.problem(key + ".precision", "s with format = loda-json, whose router reads seconds");
    }
    return new AgentConfig.Encoding(
        format,
        reader.oneOfOr(key + ".strings", List.of("as-router", "keep")).equals("keep"),
        precision);
  }

  private AgentConfig.Delivery delivery() {
    long maxMessage = reader.bytes("delivery.max-message", 1024);
    long memory = reader.bytes("delivery.memory", 64 * 1024);
    if (maxMessage > memory) {
      notices.add(
          "delivery.max-message ("
              + maxMessage
              + " bytes) doesn't fit into delivery.memory: messages have at most its "
              + memory
              + " bytes");
    }
    return new AgentConfig.Delivery(
        Math.min(maxMessage, memory),
        reader.duration("delivery.max-delay", Duration.ofMillis(1)),
        memory,
        reader.oneOf("delivery.durability", List.of("spill", "memory", "sync")),
        reader.bytes("delivery.disk", 4 << 20),
        reader.duration("delivery.max-age", SECOND),
        reader.percent("delivery.min-free"),
        reader.bytes("delivery.replay-rate", 0),
        reader
            .oneOf("delivery.replay-order", List.of("in-order", "newest-first"))
            .equals("newest-first"));
  }

  private void reserved(String prefix, Map<String, List<String>> values) {
    values.forEach(
        (key, taken) -> {
          String first = taken.get(0);
          if (!taken.contains(reader.textOr(prefix + key, first))) {
            reader.problem(
                prefix + key,
                (first.isEmpty() ? "nothing" : first) + " (this version can do nothing else)");
          }
        });
  }
}
