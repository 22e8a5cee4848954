package io.loda.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.output.RealNsqds;
import io.loda.agent.output.nsq.NsqSettings;
import io.loda.common.config.ConfigException;
import io.loda.common.config.HostPort;
import io.loda.common.config.SecretFile;
import io.loda.common.files.Trust;
import io.loda.common.logging.LogSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigMappingTest {

  private static final long MIB = 1024 * 1024;

  private final Path folder;

  ConfigMappingTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void theDefaultsAreThoseOfTheDesign() throws ConfigException {
    AgentConfig config = new ConfigLoader(ConfigFixture.HOME, Map.of(), true).load(null, Map.of());

    assertThat(config)
        .isEqualTo(
            new AgentConfig(
                Configs.host(
                    "",
                    List.of("eth", "en"),
                    ConfigFixture.HOME,
                    Path.of("/var/lib/agent"),
                    Path.of("/var/lib/agent/agent.pid"),
                    "small",
                    List.of("pool.ntp.org"),
                    Path.of("/proc"),
                    Path.of("/sys"),
                    Path.of("/")),
                new LogSettings("info", null, 100 * MIB, 5),
                Configs.http(
                    new HostPort("127.0.0.1", 1232),
                    null,
                    true,
                    List.of(Path.of("/var/log")),
                    8 * MIB,
                    512),
                Configs.registry(
                    "directory",
                    ConfigFixture.HOME.resolve("conf/registry"),
                    "http://registry:8000",
                    null,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(60),
                    Duration.ofMinutes(10)),
                new AgentConfig.Plugins(
                    Path.of("/var/lib/agent/plugins"),
                    "auto",
                    new AgentConfig.IdRange(59_000, 59_999),
                    false,
                    List.of(
                        ConfigFixture.HOME,
                        Path.of("/opt"),
                        Path.of("/srv"),
                        Path.of("/usr/local")),
                    "release",
                    "",
                    Duration.ofSeconds(60),
                    64 * MIB,
                    ConfigFixture.HOME.resolve("plugins/java"),
                    Map.of(),
                    MIB,
                    256 * MIB,
                    8,
                    64,
                    2,
                    10_000,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    5,
                    Duration.ofHours(24),
                    Configs.limits(Duration.ofSeconds(60), 1024 * MIB, 256, 256, 64 * MIB),
                    new AgentConfig.Git(Duration.ZERO, null, null, false, "", null, false),
                    new Trust(ConfigFixture.HOME)),
                Map.of("console", Configs.stdout("console", "influx")),
                new AgentConfig.Delivery(
                    256 * 1024,
                    Duration.ofSeconds(1),
                    16 * MIB,
                    "spill",
                    256 * MIB,
                    Duration.ofHours(24),
                    5,
                    0,
                    false),
                List.of(),
                List.of()));
  }

  @Test
  void everyKeyGoesIntoItsPlace() throws ConfigException {
    AgentConfig config =
        new ConfigFixture(folder)
            .load(
                """
                agent {
                  hostname = " web1 ", interfaces = [bond], data-dir = "/data"
                  pid-file = "/run/agent.pid", profile = gateway, ntp-servers = [ntp1, ntp2]
                  host-proc = "/host/proc", host-sys = "/host/sys", host-root = "/host"
                }
                log { level = debug, file = "/var/log/agent.log", max-size = 1MiB, keep = 7 }
                http {
                  listen = "[::1]:80", unix-socket = "/run/agent.sock", legacy-get = false, log-roots = ["/var/log", "/srv/log"]
                  max-body = 2MiB, max-connections = 64
                }
                registry {
                  type = http
                  directory { path = "/etc/agent/registry" }
                  http { url = "https://registry.example/loda/", timeout = 3s }
                  poll-interval = 30s
                  report-interval = 5m, max-answer = 5MiB, max-items = 7
                }
                plugins {
                  dir = "/plugins", user = agent, user-ids = "7000-7099", allow-root = true, branch = main
                  local-roots = [/plugins/local]
                  git-url = "https://git.example/%s.git", git-timeout = 20s, max-repository = 1MiB
                  java-dir = "/java", env { LANG = C, NUMBER = 5 }, max-output = 2MiB, max-scratch = 9MiB
                  max-concurrent = 3, max-runs = 11, max-by-hand = 4, max-series = 9, min-interval = 5s, run-timeout = 7s, enable-after = 2h
                  breaker = 4
                  limits { cpu = 1s, memory = 2GiB, address-space = 4GiB, files = 32, processes = 16, file-size = 3MiB }
                  auto-update = 1h, verify = signed, keyring = "/keys"
                  ssh { key = "/key", user = git, known-hosts = "/hosts", host-keys = strict }
                }
                outputs {
                  queue {
                    type = nsq, servers = ["10.0.0.1:4150", "10.0.0.2:4151"], balance = failover
                    format = loda-json, topic-prefix = "test.", required = false
                    client = own, lookupd = ["http://10.0.0.3:4161"], allow-ephemeral = true
                    tls { enabled = true, ca = "/ca.pem", cert = "/cert.pem", key = "/key.pem" }
                    auth-secret-file = "/secret"
                  }
                }
                delivery { max-message = 128KiB, max-delay = 250ms, memory = 4MiB, durability = sync,
                           disk = 64MiB, max-age = 1h, min-free = 2.5%, replay-rate = 1MiB,
                           replay-order = newest-first }
                """);

    assertThat(config)
        .isEqualTo(
            new AgentConfig(
                Configs.host(
                    "web1",
                    List.of("bond"),
                    ConfigFixture.HOME,
                    Path.of("/data"),
                    Path.of("/run/agent.pid"),
                    "gateway",
                    List.of("ntp1", "ntp2"),
                    Path.of("/host/proc"),
                    Path.of("/host/sys"),
                    Path.of("/host")),
                new LogSettings("debug", Path.of("/var/log/agent.log"), MIB, 7),
                Configs.http(
                    new HostPort("::1", 80),
                    Path.of("/run/agent.sock"),
                    false,
                    List.of(Path.of("/var/log"), Path.of("/srv/log")),
                    2 * MIB,
                    64),
                new AgentConfig.RegistryConfig(
                    "http",
                    Path.of("/etc/agent/registry"),
                    "https://registry.example/loda",
                    null,
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(5),
                    5 * MIB,
                    7),
                new AgentConfig.Plugins(
                    Path.of("/plugins"),
                    "agent",
                    new AgentConfig.IdRange(7_000, 7_099),
                    true,
                    List.of(Path.of("/plugins/local")),
                    "main",
                    "https://git.example/%s.git",
                    Duration.ofSeconds(20),
                    MIB,
                    Path.of("/java"),
                    Map.of("LANG", "C", "NUMBER", "5"),
                    2 * MIB,
                    9 * MIB,
                    3,
                    11,
                    4,
                    9,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(7),
                    4,
                    Duration.ofHours(2),
                    new AgentConfig.Limits(
                        Duration.ofSeconds(1), 2048 * MIB, 4096 * MIB, 32, 16, 3 * MIB),
                    new AgentConfig.Git(
                        Duration.ofHours(1),
                        Path.of("/keys"),
                        Path.of("/key"),
                        false,
                        "git",
                        Path.of("/hosts"),
                        true),
                    new Trust(ConfigFixture.HOME)),
                Map.of(
                    "queue",
                    new AgentConfig.OutputConfig(
                        "queue",
                        "nsq",
                        Configs.encoding("loda-json"),
                        false,
                        new NsqSettings(
                            "own",
                            List.of(new HostPort("10.0.0.1", 4150), new HostPort("10.0.0.2", 4151)),
                            List.of(new HostPort("10.0.0.3", 4161)),
                            "test.",
                            "failover",
                            true,
                            new NsqSettings.Tls(
                                Path.of("/ca.pem"), Path.of("/cert.pem"), Path.of("/key.pem")),
                            new SecretFile(Path.of("/secret"), ConfigFixture.HOME)))),
                new AgentConfig.Delivery(
                    128 * 1024,
                    Duration.ofMillis(250),
                    4 * MIB,
                    "sync",
                    64 * MIB,
                    Duration.ofHours(1),
                    2.5,
                    MIB,
                    true),
                List.of(),
                List.of()));
  }

  @Test
  void theWholeDesignWithItsDefaultsIsTaken() throws ConfigException {
    AgentConfig config =
        new ConfigFixture(folder)
            .load(
                """
                agent    { hostname = "", interfaces = ["eth", "en"], data-dir = "",
                           pid-file = ${agent.data-dir}"/agent.pid", profile = small,
                           ntp-servers = ["pool.ntp.org"], host-proc = "/proc", host-sys = "/sys", host-root = "/" }
                log      { level = info, file = "", max-size = 100MiB, keep = 5 }
                http     { listen = "127.0.0.1:1232", unix-socket = "", open = false, token-file = "",
                           tls { cert = "", key = "", client-ca = "" },
                           legacy-get = true, log-roots = ["/var/log"], max-body = 8MiB, max-connections = 512 }
                registry { type = directory
                           directory { path = "conf/registry" }
                           http { url = "http://registry:8000", timeout = 10s }
                           poll-interval = 60s, report-interval = 10m, max-answer = 4MiB, max-items = 10000 }
                plugins  { dir = ${agent.data-dir}"/plugins", user = auto, user-ids = "59000-59999", allow-root = false,
                           local-roots = [".", /opt, /srv, /usr/local], branch = release,
                           git-url = "", git-timeout = 60s,
                           max-repository = 64MiB,
                           java-dir = "plugins/java", env {}, max-output = 1MiB, max-concurrent = 8, max-runs = 64, max-by-hand = 2,
                           max-series = 10000, min-interval = 10s, run-timeout = 10s, breaker = 5, enable-after = 24h,
                           limits { cpu = 60s, memory = 1GiB, address-space = none, files = 256, processes = 256, file-size = 64MiB } }
                outputs  { console { type = stdout, format = influx }
                           queue { type = nsq, servers = ["127.0.0.1:4150"], lookupd = [], balance = round-robin,
                                   format = influx, topic-prefix = "collect." } }
                delivery { max-message = 256KiB, max-delay = 1s, memory = 16MiB, disk = 256MiB, max-age = 24h,
                           min-free = 5%, durability = spill }
                """);

    assertThat(config.outputs()).containsOnlyKeys("console", "queue");
    assertThat(config.host().dataDir()).isEqualTo(Path.of("/var/lib/agent"));
    assertThat(config.notices()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "home, true,",
    "'', false,",
    "/etc/home, false, /etc/home",
    "Home, false, /opt/agent/Home"
  })
  void keysInTheHomeAreThoseOfNoFile(String value, boolean homeKeys, @Nullable Path file)
      throws ConfigException {
    AgentConfig.Git git =
        new ConfigFixture(folder).load("plugins.ssh.key = \"" + value + '"').plugins().git();

    assertThat(git.homeKeys()).isEqualTo(homeKeys);
    assertThat(git.sshKey()).isEqualTo(file);
  }

  @Test
  void outputsOfAFileReplaceTheConsole() throws ConfigException {
    AgentConfig config =
        new ConfigFixture(folder)
            .load("outputs.queue { type = nsq, servers = [\"127.0.0.1:4150\"] }");

    assertThat(config.outputs().get("queue"))
        .isEqualTo(
            new AgentConfig.OutputConfig(
                "queue",
                "nsq",
                Configs.encoding("influx"),
                true,
                RealNsqds.settings("round-robin", List.of("127.0.0.1:4150"))));
    assertThat(config.outputs()).hasSize(1);
  }

  @Test
  void timestampsOfAnOutputHaveAUnit() throws Exception {
    ConfigFixture fixture = new ConfigFixture(folder);
    assertThat(fixture.load("outputs.o.type = stdout").outputs().get("o"))
        .extracting(AgentConfig.OutputConfig::encoding)
        .isEqualTo(new AgentConfig.Encoding("influx", false, "s"));
    AgentConfig config =
        fixture.load("outputs.o { type = stdout, precision = us, strings = keep }");
    assertThat(config.outputs().get("o"))
        .extracting(AgentConfig.OutputConfig::encoding)
        .isEqualTo(new AgentConfig.Encoding("influx", true, "us"));
    assertThat(fixture.problems("outputs.o { type = stdout, precision = m }"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith("outputs.o.precision: expected one of s, ms, us, ns, found \"m\"");
    assertThat(fixture.problems("outputs.o { type = stdout, format = loda-json, precision = ms }"))
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith("outputs.o.precision: expected s with format = loda-json");
  }

  @Test
  void relativePathsStartAtTheInstallation() throws ConfigException {
    AgentConfig config =
        new ConfigFixture(folder)
            .load(
                """
                agent.data-dir = data
                log.file = "log/../agent.log"
                http.log-roots = [logs, "/var/log"]
                registry.directory.path = "./registry"
                """);

    Path home = ConfigFixture.HOME;
    assertThat(config.host().dataDir()).isEqualTo(home.resolve("data"));
    assertThat(config.host().pidFile()).isEqualTo(home.resolve("data/agent.pid"));
    assertThat(config.plugins().dir()).isEqualTo(home.resolve("data/plugins"));
    assertThat(config.log().file()).isEqualTo(home.resolve("agent.log"));
    assertThat(config.http().logRoots()).containsExactly(home.resolve("logs"), Path.of("/var/log"));
    assertThat(config.registry().directory()).isEqualTo(home.resolve("registry"));
  }

  @Test
  void whoIsNotRootHasItsDataAtHome() throws ConfigException {
    AgentConfig config =
        new ConfigLoader(ConfigFixture.HOME, Map.of("HOME", "/home/ann"), false)
            .load(null, Map.of());

    assertThat(config.host().dataDir()).isEqualTo(Path.of("/home/ann/.local/state/agent"));
    assertThat(config.host().pidFile())
        .isEqualTo(Path.of("/home/ann/.local/state/agent/agent.pid"));
    assertThat(config.plugins().dir()).isEqualTo(Path.of("/home/ann/.local/state/agent/plugins"));
  }

  @Test
  void theShippedFileShowsEveryKeyWithItsDefault() throws Exception {
    Path shipped = Path.of(System.getProperty("agent.root", "..")).resolve("conf/agent.conf");
    ConfigLoader loader = new ConfigLoader(ConfigFixture.HOME, Map.of(), true);

    assertThat(loader.load(shipped, Map.of())).isEqualTo(loader.load(null, Map.of()));
    var file = com.typesafe.config.ConfigFactory.parseFile(shipped.toFile()).resolve();
    var reference =
        com.typesafe.config.ConfigFactory.parseResources(ConfigLoader.class, "reference.conf")
            .resolve();
    assertThat(Files.exists(shipped)).isTrue();
    assertThat(paths(file)).containsAll(paths(reference));
  }

  private static List<String> paths(com.typesafe.config.Config config) {
    return config.entrySet().stream().map(Map.Entry::getKey).toList();
  }
}
