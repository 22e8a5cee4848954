package io.loda.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.loda.common.config.ConfigException;
import io.loda.common.testing.OtherUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PolicyFileTest {

  private Path home;
  private Path config;

  @BeforeEach
  void folders(@TempDir Path temp) throws IOException {
    home = Files.createDirectories(temp.resolve("home"));
    Files.createDirectories(home.resolve("conf"));
    config = Files.createDirectories(temp.resolve("etc")).resolve("agent.conf");
    Files.writeString(config, "");
  }

  private List<Policy> load(Map<String, String> environment, Map<String, String> flags)
      throws ConfigException {
    return new ConfigLoader(home, environment, true).load(config, flags).policies();
  }

  private List<Policy> load() throws ConfigException {
    return load(Map.of(), Map.of());
  }

  private List<String> problems() {
    return catchThrowableOfType(ConfigException.class, this::load).problems().stream()
        .map(problem -> problem.toString().replace(config.getParent() + "/", ""))
        .toList();
  }

  private void installed(String text) throws IOException {
    Files.writeString(home.resolve("conf/policy.conf"), text);
  }

  private void beside(String text) throws IOException {
    Files.writeString(config.resolveSibling("policy.conf"), text);
  }

  @Test
  void withoutAFileNothingIsRestricted() throws ConfigException {
    assertThat(load()).isEmpty();
  }

  @Test
  void theInstallationsAndTheOneBesideTheConfigurationBothHold() throws Exception {
    installed("max-timeout = 20s");
    beside("max-timeout = 30s");

    assertThat(load())
        .extracting(Policy::maxTimeout)
        .containsExactly(Duration.ofSeconds(20), Duration.ofSeconds(30));
  }

  @Test
  void aFileThatIsBothIsReadOnce() throws Exception {
    installed("max-timeout = 20s");
    config = home.resolve("conf/../conf/agent.conf");
    Files.writeString(config, "");

    assertThat(load()).hasSize(1);
  }

  @Test
  void everyKeyGoesIntoItsPlace() throws Exception {
    beside(
        """
        allow-namespaces = ["a.*"], deny-namespaces = [a.b]
        allow-repositories = ["git@git.example:ops/*"], deny-repositories = ["path:x"]
        allow-refs = ["v*"], allow-measurements = [CPU], deny-measurements = [LOG]
        allow-users = [nobody], min-interval = 30s, max-timeout = 1m, allow-streams = false
        allow-keep = ["path:y"]
        arguments { "path:x" = ["", " status  all "] }
        """);

    Policy policy = load().get(0);
    assertThat(policy.namespaces()).hasToString("Rule[allow=[a.*], deny=[a.b]]");
    assertThat(policy.repositories())
        .hasToString("Rule[allow=[git@git.example:ops/*], deny=[path:x]]");
    assertThat(policy.refs()).hasToString("[v*]");
    assertThat(policy.measurements()).hasToString("Rule[allow=[CPU], deny=[LOG]]");
    assertThat(policy.users()).hasToString("[nobody]");
    assertThat(policy.minInterval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(policy.maxTimeout()).isEqualTo(Duration.ofMinutes(1));
    assertThat(policy.allowStreams()).isFalse();
    assertThat(policy.keep()).hasToString("[path:y]");
    assertThat(policy.arguments())
        .singleElement()
        .extracting(Policy.Arguments::allowed)
        .isEqualTo(List.of(List.of(), List.of("status", "all")));
  }

  @Test
  void theShippedExampleRestrictsNothing() throws Exception {
    String shipped = Files.readString(Path.of("../conf/policy.conf.example"));
    beside(shipped);
    Policy asShipped = load().get(0);
    beside("allow-streams = true");

    assertThat(asShipped.toString().replace("[*]", "[**]")).isEqualTo(load().get(0).toString());
    assertThat(shipped)
        .contains("allow-namespaces", "deny-namespaces", "allow-repositories", "deny-repositories")
        .contains(
            "allow-refs", "allow-keep", "allow-streams", "allow-measurements", "deny-measurements")
        .contains("allow-users", "min-interval", "max-timeout", "arguments");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# allow-streams = false", "{}"})
  void anEmptyFileIsTakenForAMistake(String text) throws Exception {
    beside(text);

    assertThat(problems())
        .containsExactly(
            "policy.conf: expected rules, or no such file if nothing is restricted, found"
                + " none");
  }

  @Test
  void everyProblemIsSaidAtOnceWithTheConfigurations() throws Exception {
    Files.writeString(config, "log.level = loud");
    beside(
        """
        allow-namespace = ["a"]
        allow-repositories = ["git.example/ops", "https://git.example/a/../b"]
        deny-repositories = null
        min-interval = 60
        max-timeout = long
        allow-streams = perhaps
        allow-users = [""]
        arguments { "path:x" = "a b", "nonsense" = [] }
        """);

    assertThat(problems())
        .containsExactlyInAnyOrder(
            "log.level: expected one of info, error, warn, debug, trace, found \"loud\" (agent.conf,"
                + " line 1)",
            "policy.conf: allow-namespace: expected a known key (allow-namespaces?), found an"
                + " unknown key (line 1)",
            "policy.conf: allow-repositories: expected patterns, found \"git.example/ops\": no"
                + " address that can be compared (line 2)",
            "policy.conf: allow-repositories: expected patterns, found"
                + " \"https://git.example/a/../b\": a path with a part \"..\" (line 2)",
            "policy.conf: deny-repositories: expected a value, or no such line, found null (line"
                + " 3)",
            "policy.conf: min-interval: expected a duration of at least 1s, like 10s, 5m or 24h,"
                + " found 60 (line 4)",
            "policy.conf: max-timeout: expected a duration of at least 1s, like 10s, 5m or 24h,"
                + " found \"long\" (line 5)",
            "policy.conf: allow-streams: expected true or false, found \"perhaps\" (line 6)",
            "policy.conf: allow-users: expected patterns, found \"\": an empty one (line 7)",
            "policy.conf: arguments.\"path:x\": expected a list of strings, like [\"\", \"status"
                + " all\"], found \"a b\" (line 8)",
            "policy.conf: arguments.\"nonsense\": expected patterns, found \"nonsense\": no address"
                + " that can be compared (line 8)");
  }

  @Test
  void whatCannotBeReadIsNeverTakenForNoPolicy() throws Exception {
    Files.createDirectory(config.resolveSibling("policy.conf"));
    assertThat(problems())
        .containsExactly(
            "policy.conf: expected a policy that can be read, found one that can't: is a folder;"
                + " expected a regular file");
    Files.delete(config.resolveSibling("policy.conf"));
    new ProcessBuilder("mkfifo", config.resolveSibling("policy.conf").toString()).start().waitFor();
    assertThat(problems()).singleElement().asString().contains("is a named pipe");
    Files.delete(config.resolveSibling("policy.conf"));
    beside("include file(\"/etc/hostname\")");
    assertThat(problems()).singleElement().asString().contains("include, which isn't possible");
    Files.delete(config.resolveSibling("policy.conf"));

    Path target = Path.of("/nonexistent/policy.conf");
    Files.createSymbolicLink(config.resolveSibling("policy.conf"), target);
    assertThat(problems()).hasSize(1);
    Files.delete(config.resolveSibling("policy.conf"));

    beside("allow-users = [");
    assertThat(problems()).singleElement().asString().startsWith("policy.conf: expected HOCON");
  }

  @Test
  void neitherEnvironmentNorFlagsGoOverIt() throws Exception {
    beside("allow-users = [nobody]");

    assertThat(load(Map.of("AGENT_ALLOW_USERS", "root", "AGENT_POLICY", "/x"), Map.of()))
        .extracting(Policy::users)
        .hasToString("[[nobody]]");
    assertThatThrownBy(() -> load(Map.of(), Map.of("allow-users", "root")))
        .hasMessageContaining("an unknown key");

    beside("allow-users = [${HOME}]");
    assertThat(problems()).singleElement().asString().contains("HOME");
  }

  @Test
  void aPolicyThatOthersCanChangeIsNotBelieved() throws Exception {
    beside("min-interval = 5s");
    Path policy = config.resolveSibling("policy.conf");
    Files.setPosixFilePermissions(policy, PosixFilePermissions.fromString("rw-rw-rw-"));

    assertThat(problems())
        .containsExactly(
            "policy.conf: expected a policy that only its owner can change, found policy.conf may be"
                + " written by others (mode 0666); take that from them (chmod go-w policy.conf)");
    Files.setPosixFilePermissions(policy, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(load()).hasSize(1);
  }

  @Test
  void aPolicyInAFolderOfSomebodyElseIsNotBelieved() throws Exception {
    OtherUser.need();
    beside("min-interval = 5s");
    Path folder = config.getParent();
    Files.setAttribute(folder, "unix:uid", OtherUser.ID);

    assertThat(problems().toString())
        .contains(folder + " belongs to the user with id " + OtherUser.ID)
        .contains("chown root " + folder);
  }
}
