package io.loda.agent.assignment.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.common.config.ConfigException;
import io.loda.common.net.HostLookup;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostPolicyTest {

  private static final String DISK =
      """
      {"measurement_type":"PLUGIN","name":"PLUGIN.disk","git":"git@git.example:ops/disk.git",
       "interval":"30","parameters":"a b"}""";

  private final Counters counters = new Counters();
  private final Path home;

  HostPolicyTest(@TempDir Path home) {
    this.home = home;
  }

  private HostPolicy policy(String text, Map<String, String> flags)
      throws IOException, ConfigException {
    Files.createDirectories(home.resolve("conf"));
    Files.writeString(home.resolve("conf/policy.conf"), text);
    AgentConfig config = new ConfigLoader(home, Map.of(), true).load(null, flags);
    return new HostPolicy(config, counters);
  }

  private HostPolicy policy(String text) throws IOException, ConfigException {
    return policy(text, Map.of());
  }

  private static AssignmentParser.Parsed parsed(String... items) {
    return new AssignmentParser(Duration.ofSeconds(10))
        .parse("my.ns", "[" + String.join(",", items) + "]");
  }

  private static AssignmentParser.Parsed filtered(HostPolicy policy, String... items) {
    return policy.filter("my.ns", parsed(items));
  }

  private static List<String> reasons(HostPolicy policy, String... items) {
    return filtered(policy, items).rejected().stream().map(RejectedItem::reason).toList();
  }

  private static Assignment.Script disk() {
    return (Assignment.Script) parsed(DISK).assignments().get(0);
  }

  @Test
  void aPolicyWithoutRulesLetsEverythingThrough() throws Exception {
    String odd = DISK.replace("ops/disk", "../%2e/disk");
    assertThat(filtered(policy("allow-streams = true"), DISK).assignments()).hasSize(1);
    assertThat(filtered(policy("allow-streams = true"), odd).assignments()).hasSize(1);
  }

  @Test
  void whatIsRefusedIsNamedWithTheRule() throws Exception {
    HostPolicy policy = policy("allow-repositories = [\"https://git.example/**\"]");

    assertThat(filtered(policy, DISK).assignments()).isEmpty();
    assertThat(filtered(policy, DISK).rejected())
        .containsExactly(
            new RejectedItem(
                "my.ns",
                "PLUGIN.disk",
                "policy: allow-repositories has nothing for ssh://git@git.example/ops/disk",
                "git@git.example:ops/disk.git"));
  }

  @Test
  void aRefusalThatStaysIsCountedOnce() throws Exception {
    HostPolicy policy = policy("deny-repositories = [\"git@git.example:**\"]");

    filtered(policy, DISK);
    filtered(policy, DISK);
    assertThat(counters.snapshot())
        .containsExactly(Map.entry("policy.refused.deny-repositories", 1L));
    filtered(policy);
    filtered(policy, DISK);
    assertThat(counters.get("policy.refused.deny-repositories")).isEqualTo(2);
  }

  @Test
  void refusesLogsByTheirRealPathAndCountsEachOnce() throws Exception {
    HostPolicy policy =
        policy(
            """
            allow-log-files = ["/var/log/**"]
            deny-log-files = ["/var/log/auth*"]
            """);

    assertThat(policy.refusesLogFile(Path.of("/var/log/app/a.log"))).isEmpty();
    for (int i = 0; i < 2; i++) {
      assertThat(policy.refusesLogFile(Path.of("/var/log/auth.log")))
          .contains("policy: deny-log-files has \"/var/log/auth*\"");
      assertThat(policy.refusesLogFile(Path.of("/srv/app.log")))
          .contains("policy: allow-log-files has nothing for \"/srv/app.log\"");
    }
    assertThat(counters.snapshot())
        .containsOnly(
            Map.entry("policy.refused.deny-log-files", 1L),
            Map.entry("policy.refused.allow-log-files", 1L));
  }

  @Test
  void listsALogItemWhoseNameIsDenied() throws Exception {
    String log =
        """
        {"measurement_type":"LOG","name":"errors","file_path":"/var/log/auth.log",
         "pattern":"error","interval":"30"}""";

    assertThat(reasons(policy("deny-log-files = [\"/var/log/auth*\"]"), log))
        .containsExactly("policy: deny-log-files has \"/var/log/auth*\"");
    assertThat(filtered(policy("allow-log-files = [\"/srv/**\"]"), log).assignments()).hasSize(1);
  }

  @Test
  void aRuleOnAnIpAddressHoldsForEachNameOfTheHost() throws Exception {
    HostPolicy policy = policy("deny-repositories = [\"git@10.0.0.7:**\"]");
    String other = DISK.replace("git.example", "other.example").replace("disk", "other");
    assertThat(policy.placesToFind(List.of(parsed(DISK, other))))
        .containsExactly("git.example", "other.example");

    // nobody knows yet
    assertThat(reasons(policy, DISK))
        .containsExactly(
            "policy: deny-repositories has \"git@10.0.0.7:**\", and git.example has no IP address"
                + " now; asks again");
    policy.found(
        Map.of(
            "git.example", List.of("10.0.0.8", "10.0.0.7"), "other.example", List.of("10.0.0.9")));
    assertThat(reasons(policy, DISK, other))
        .containsExactly("policy: deny-repositories has \"git@10.0.0.7:**\", which git.example is");
    policy.found(Map.of("git.example", List.of("10.0.0.8")));
    assertThat(reasons(policy, DISK)).isEmpty();
  }

  @Test
  void nobodyIsAskedWhereNoRuleIsAboutAnIpAddress() throws Exception {
    HostPolicy policy = policy("deny-repositories = [\"git@other.example:**\"]");
    assertThat(policy.placesToFind(List.of(parsed(DISK)))).isEmpty();
    assertThat(reasons(policy, DISK)).isEmpty();
  }

  @Test
  void denyGoesOverAllow() throws Exception {
    assertThat(
            reasons(
                policy(
                    """
                    allow-repositories = ["git@git.example:ops/*"]
                    deny-repositories = ["https://git.example/ops/DISK"]
                    """),
                DISK))
        .containsExactly("policy: deny-repositories has \"https://git.example/ops/DISK\"");
  }

  @Test
  void anEmptyAllowListAllowsNothing() throws Exception {
    assertThat(reasons(policy("allow-repositories = []"), DISK)).hasSize(1);
  }

  @Test
  void bothTheRegistrysAddressAndTheFetchedOneHaveToBeAllowed() throws Exception {
    Map<String, String> template = Map.of("plugins.git-url", "https://mirror.example/%s.git");
    String registrys = "\"git@git.example:ops/*\"";
    String fetched = "\"https://mirror.example/ops/*\"";

    assertThat(reasons(policy("allow-repositories = [" + registrys + "]", template), DISK))
        .containsExactly(
            "policy: allow-repositories has nothing for https://mirror.example/ops/disk");
    assertThat(reasons(policy("allow-repositories = [" + fetched + "]", template), DISK))
        .hasSize(1);
    assertThat(reasons(policy("deny-repositories = [" + fetched + "]", template), DISK)).hasSize(1);
    assertThat(
            reasons(
                policy("allow-repositories = [" + registrys + "," + fetched + "]", template), DISK))
        .isEmpty();
  }

  @Test
  void anAddressThatCannotBeComparedIsRefusedWhereARuleIsInUse() throws Exception {
    String odd = DISK.replace("ops/disk", "ops/../dev/disk");
    assertThat(reasons(policy("allow-repositories = [\"git@git.example:ops/**\"]"), odd))
        .containsExactly(
            "policy: allow-repositories needs an address that can be compared, found a path with a"
                + " part \"..\"");
    assertThat(reasons(policy("deny-repositories = [\"git@git.example:dev/**\"]"), odd))
        .singleElement()
        .asString()
        .startsWith("policy: deny-repositories needs an address");
  }

  @Test
  void aFolderIsWhereItsPathLeads() throws Exception {
    String item =
        """
        {"measurement_type":"PLUGIN","name":"x","git":"path:plugins/../../x","interval":"30"}""";
    assertThat(reasons(policy("allow-repositories = [\"path:plugins/**\"]"), item))
        .singleElement()
        .asString()
        .endsWith("has nothing for path:" + home.resolve("../x").normalize());
  }

  @Test
  void aDeniedFolderIsDeniedByEveryPathThatLeadsThere() throws Exception {
    Path real = Files.createDirectories(home.toRealPath().resolve("srv/plugin.git"));
    Path link = Files.createSymbolicLink(home.resolve("link"), real);
    HostPolicy policy = policy("deny-repositories = [\"file://" + real + "\"]");

    for (String address :
        List.of(
            "path:" + real,
            "path:" + link,
            "path:/proc/self/root" + real,
            "file://" + link,
            "file:///proc/self/root" + real)) {
      String item =
          """
          {"measurement_type":"PLUGIN","name":"x","git":"%s","interval":"30"}"""
              .formatted(address);
      policy.found(Map.of());
      assertThat(reasons(policy, item)).as(address).hasSize(1);
      policy.found(found(policy.placesToFind(List.of(parsed(item)))));
      assertThat(reasons(policy, item))
          .singleElement()
          .asString()
          .contains("deny-repositories has \"file://");
    }
    String other =
        "{\"measurement_type\":\"PLUGIN\",\"name\":\"x\",\"git\":\"path:conf\",\"interval\":\"30\"}";
    policy.found(found(policy.placesToFind(List.of(parsed(other)))));
    assertThat(reasons(policy, other)).isEmpty();
  }

  private static Map<String, List<String>> found(Set<String> places) throws Exception {
    Vertx vertx = Vertx.vertx();
    HostAddresses addresses =
        new HostAddresses(vertx, HostLookup.ofSystem(vertx), Duration.ofSeconds(60));
    try {
      return addresses
          .find(places)
          .toCompletionStage()
          .toCompletableFuture()
          .get(60, TimeUnit.SECONDS);
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void anItemPinsOnlyWhatIsAllowed() throws Exception {
    HostPolicy policy = policy("allow-refs = [\"v*\", \"release/**\"]");
    assertThat(reasons(policy, DISK)).isEmpty();
    assertThat(reasons(policy, DISK.replace("\"interval\"", "\"ref\":\"v1.2\",\"interval\"")))
        .isEmpty();
    assertThat(reasons(policy, DISK.replace("\"interval\"", "\"ref\":\"c0ffee\",\"interval\"")))
        .containsExactly("policy: allow-refs has nothing for \"c0ffee\"");
  }

  @Test
  void streamsCanBeForbidden() throws Exception {
    String stream = DISK.replace("\"interval\"", "\"mode\":\"stream\",\"interval\"");
    assertThat(reasons(policy("allow-streams = true"), stream)).isEmpty();
    assertThat(reasons(policy("allow-streams = false"), stream, DISK.replace("disk", "other")))
        .containsExactly("policy: allow-streams is false, and this one runs for ever");
  }

  @Test
  void whatARunLeavesIsKeptOnlyWhereThatIsAllowed() throws Exception {
    String keeps = DISK.replace("\"30\"", "\"0\",\"keep\":\"true\"");
    assertThat(reasons(policy("allow-streams = true"), keeps))
        .singleElement(STRING)
        .startsWith("policy: allow-keep has nothing for ");
    assertThat(reasons(policy("allow-keep = [\"git@git.example:ops/*\"]"), keeps)).isEmpty();
    assertThat(reasons(policy("allow-keep = [\"git@git.example:other/*\"]"), keeps)).hasSize(1);
  }

  @Test
  void aShortIntervalIsRefusedAndOneOnDemandIsNone() throws Exception {
    HostPolicy policy = policy("min-interval = 60s");
    assertThat(reasons(policy, DISK)).containsExactly("policy: min-interval is 60 s, found 30 s");
    assertThat(reasons(policy, DISK.replace("\"30\"", "\"60\""))).isEmpty();
    assertThat(reasons(policy, DISK.replace("\"30\"", "\"0\""))).isEmpty();
    assertThat(
            reasons(
                policy, "{\"measurement_type\":\"GOPLUGIN\",\"name\":\"x\",\"interval\":\"30\"}"))
        .hasSize(1);
    assertThat(reasons(policy, "{\"measurement_type\":\"CPU\",\"name\":\"x\",\"interval\":\"30\"}"))
        .isEmpty();
  }

  @Test
  void measurementsAreAllowedByTypeAndJavaPluginsByName() throws Exception {
    String log =
        """
        {"measurement_type":"LOG","name":"l","file_path":"/x","pattern":"y","interval":"60"}""";
    String sameByName = "{\"measurement_type\":\"GOPLUGIN\",\"name\":\"LOG\",\"interval\":\"60\"}";
    String cpu = "{\"measurement_type\":\"CPU\",\"name\":\"cpu.idle\"}";

    assertThat(reasons(policy("deny-measurements = [log]"), log, sameByName, cpu))
        .containsExactly(
            "policy: deny-measurements has \"log\"", "policy: deny-measurements has \"log\"");
    assertThat(reasons(policy("allow-measurements = [CPU, \"J*\"]"), log, cpu, DISK))
        .containsExactly("policy: allow-measurements has nothing for \"LOG\"");
  }

  @Test
  void aNamespaceThatIsRefusedGetsNothing() throws Exception {
    HostPolicy policy = policy("allow-namespaces = [\"good.*\"], deny-namespaces = [\"*.BAD\"]");

    assertThat(policy.namespaces(Map.of("good.one", "1", "good.bad", "2", "my.ns", "3")))
        .containsOnlyKeys("good.one");
    assertThat(reasons(policy, DISK, "{\"measurement_type\":\"CPU\",\"name\":\"x\"}"))
        .containsExactly(
            "policy: allow-namespaces has nothing for \"my.ns\"",
            "policy: allow-namespaces has nothing for \"my.ns\"");
  }

  @Test
  void onlyTheListedArgumentsAreAllowedFromTheRegistryAndByHand() throws Exception {
    HostPolicy policy =
        policy("arguments { \"git@git.example:ops/disk\" = [\"\", \"restart nginx\"] }");
    String other = DISK.replace("disk", "other");

    assertThat(reasons(policy, DISK, other))
        .containsExactly("policy: arguments has no \"a b\" for its repository");
    assertThat(reasons(policy, DISK.replace("a b", " restart  nginx "))).isEmpty();
    Duration timeout = Duration.ofSeconds(10);
    assertThat(policy.refusesRun(disk(), List.of(), timeout)).isEmpty();
    assertThat(policy.refusesRun(disk(), List.of("restart", "nginx"), timeout)).isEmpty();
    assertThat(policy.refusesRun(disk(), List.of("restart", "nginx", "now"), timeout))
        .isEqualTo("policy: arguments has no \"restart nginx now\" for its repository");
    assertThat(counters.get("policy.refused.arguments")).isEqualTo(2);
  }

  @Test
  void anotherWayToWriteTheAddressIsNoWayRoundTheArguments() throws Exception {
    HostPolicy policy = policy("arguments { \"git@git.example:ops/disk\" = [\"\"] }");
    for (String same :
        List.of(
            "ssh://root@git.example:22/ops/disk",
            "https://git.example/OPS/disk.git",
            "git@git.example:ops/x/../disk")) {
      assertThat(reasons(policy, DISK.replace("git@git.example:ops/disk.git", same)))
          .as(same)
          .hasSize(1);
    }
  }

  @Test
  void aLongerTimeoutByHandIsRefused() throws Exception {
    HostPolicy policy = policy("max-timeout = 20s");
    assertThat(policy.maxTimeout()).isEqualTo(Duration.ofSeconds(20));
    assertThat(policy.refusesRun(disk(), List.of(), Duration.ofSeconds(20))).isEmpty();
    assertThat(policy.refusesRun(disk(), List.of(), Duration.ofSeconds(21)))
        .isEqualTo("policy: max-timeout is 20 s, found 21 s");
  }
}
