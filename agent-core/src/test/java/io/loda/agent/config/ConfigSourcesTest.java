package io.loda.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.output.RealNsqds;
import io.loda.agent.output.nsq.NsqSettings;
import io.loda.common.config.ConfigException;
import io.loda.common.config.HostPort;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSourcesTest {

  private final Path folder;

  ConfigSourcesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void flagsGoOverTheEnvironmentOverTheFileOverDefaults() throws ConfigException {
    String file = "log { level = warn, keep = 2 }, http.listen = \"127.0.0.1:1\"";
    Map<String, String> environment =
        Map.of("AGENT_HTTP_LISTEN", "127.0.0.1:2", "AGENT_LOG_KEEP", "3");
    Map<String, String> flags = Map.of("http.listen", "127.0.0.1:3");

    AgentConfig config = new ConfigFixture(folder, environment).load(file, flags);

    assertThat(config.http().listen().port()).isEqualTo(3);
    assertThat(config.log().keep()).isEqualTo(3);
    assertThat(config.log().level()).isEqualTo("warn");
    assertThat(config.http().legacyGet()).isTrue();
  }

  @Test
  void theEnvironmentNamesTheBlockAgentOrLeavesItOut() throws ConfigException {
    assertThat(environment("AGENT_DATA_DIR", "/short").host().dataDir())
        .isEqualTo(Path.of("/short"));
    assertThat(environment("AGENT_AGENT_DATA_DIR", "/long").host().dataDir())
        .isEqualTo(Path.of("/long"));
    assertThat(environment("AGENT_DATA_DIR", "/short").plugins().dir())
        .isEqualTo(Path.of("/short/plugins"));
  }

  @Test
  void theEnvironmentHasListsWithCommasOrBrackets() throws ConfigException {
    assertThat(environment("AGENT_INTERFACES", "eth, bond ,en").host().interfaces())
        .containsExactly("eth", "bond", "en");
    assertThat(environment("AGENT_INTERFACES", "[\"eth\", \"bond\"]").host().interfaces())
        .containsExactly("eth", "bond");
    assertThat(environment("AGENT_AGENT_NTP_SERVERS", "").host().ntpServers()).isEmpty();
    assertThat(environment("AGENT_PLUGINS_ENV", "{ LANG = C }").plugins().env())
        .containsExactly(Map.entry("LANG", "C"));
  }

  @Test
  void theEnvironmentSetsKeysWithDashesAndNumbers() throws ConfigException {
    assertThat(environment("AGENT_PLUGINS_MAX_CONCURRENT", "3").plugins().maxConcurrent())
        .isEqualTo(3);
    assertThat(environment("AGENT_HTTP_LEGACY_GET", "false").http().legacyGet()).isFalse();
    assertThat(environment("AGENT_HTTP_LISTEN", "[::1]:80").http().listen())
        .isEqualTo(new HostPort("::1", 80));
    assertThat(environment("AGENT_DELIVERY_MAX_DELAY", "20ms").delivery().maxDelay()).hasMillis(20);
  }

  @Test
  void theEnvironmentReachesTheOutputsOfTheFile() throws ConfigException {
    AgentConfig config =
        new ConfigFixture(folder, Map.of("AGENT_OUTPUTS_QUEUE_SERVERS", "a:1, b:2"))
            .load("outputs.queue { type = nsq, servers = [\"127.0.0.1:4150\"] }");

    assertThat(config.outputs().values())
        .singleElement()
        .extracting(AgentConfig.OutputConfig::settings)
        .isEqualTo(RealNsqds.settings("round-robin", List.of("a:1", "b:2")));
  }

  @Test
  void theEnvironmentReachesEveryKeyOfAnOutput() throws ConfigException {
    String file = "outputs.my-queue { type = nsq, servers = [\"127.0.0.1:4150\"] }";
    assertThat(
            new ConfigFixture(folder, Map.of("AGENT_OUTPUTS_MY_QUEUE_TLS_ENABLED", "bogus"))
                .problems(file))
        .containsExactly(
            "outputs.my-queue.tls.enabled: expected true or false, found \"bogus\" (environment"
                + " variable AGENT_OUTPUTS_MY_QUEUE_TLS_ENABLED)");
    Map<String, String> environment =
        Map.of(
            "AGENT_OUTPUTS_MY_QUEUE_TLS_ENABLED", "true",
            "AGENT_OUTPUTS_MY_QUEUE_ALLOW_EPHEMERAL", "true",
            "AGENT_OUTPUTS_MY_QUEUE_LOOKUPD", "http://l:4161",
            "AGENT_OUTPUTS_MY_QUEUE_FORMAT", "loda-json");
    AgentConfig config = new ConfigFixture(folder, environment).load(file);
    assertThat(config.outputs().values())
        .singleElement()
        .satisfies(
            output -> {
              assertThat(output.format()).isEqualTo("loda-json");
              NsqSettings settings = (NsqSettings) output.settings();
              assertThat(settings.tls()).isNotNull();
              assertThat(settings.allowEphemeral()).isTrue();
              assertThat(settings.lookupd()).containsExactly(new HostPort("l", 4161));
            });
    assertThat(config.notices()).isEmpty();
  }

  @Test
  void aVariableThatIsNoKeyIsSaid() throws ConfigException {
    Map<String, String> environment =
        Map.of(
            "AGENT_HTTP_LISTE", "127.0.0.1:2",
            "AGENT_OUTPUTS_QUEUE_SERVERS", "a:1",
            "AGENT_JAVA_OPTS", "-Xmx1g",
            "AGENTS", "7");
    assertThat(new ConfigFixture(folder, environment).load("").notices())
        .containsExactly(
            "environment variable AGENT_HTTP_LISTE: expected a known key (AGENT_HTTP_LISTEN?), so"
                + " that it does nothing",
            "environment variable AGENT_OUTPUTS_QUEUE_SERVERS: expected a known key, so that it"
                + " does nothing");
  }

  @Test
  void theEnvironmentCanNotAskForWhatThisVersionCannot() {
    assertThat(
            new ConfigFixture(folder, Map.of("AGENT_HTTP_TOKEN_FILE", "/etc/token")).problems(""))
        .containsExactly(
            "http.token-file: expected nothing (this version can do nothing else),"
                + " found \"/etc/token\" (environment variable AGENT_HTTP_TOKEN_FILE)");
  }

  @Test
  void aFlagAddsAnOutput() throws ConfigException {
    AgentConfig config =
        new ConfigFixture(folder)
            .load(
                "", Map.of("outputs.queue.type", "nsq", "outputs.queue.servers", "127.0.0.1:4150"));

    assertThat(config.outputs()).containsOnlyKeys("console", "queue");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://loda_registry:8000",
        "https://registry.example/loda",
        "http://10.0.0.1",
        "http://[fd00::1]:8000"
      })
  void aRegistrysAddressIsTakenAsItIs(String url) throws ConfigException {
    assertThat(environment("AGENT_REGISTRY_HTTP_URL", url + "/").registry().url()).isEqualTo(url);
  }

  private AgentConfig environment(String name, String value) throws ConfigException {
    return new ConfigFixture(folder, Map.of(name, value)).load("");
  }
}
