package io.loda.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.loda.common.config.ConfigException;
import io.loda.common.files.Trust;
import io.loda.common.testing.OtherUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigProblemsTest {

  private final Path folder;
  private final ConfigFixture config;

  ConfigProblemsTest(@TempDir Path folder) {
    this.folder = folder;
    this.config = new ConfigFixture(folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://admin:sEc ReT@reg/",
        "admin:sEcReT@reg:8000",
        "http:/admin:sEcReT@reg/",
        "http//admin:sEcReT@reg/",
        "http:\\\\admin:sEcReT@reg",
        "http://admin:sEc\\nReT@reg/",
        "ftp://admin:sEcReT@reg/",
        "http://reg:8000/?token=sEcReT"
      })
  void noPasswordIsShownOfWhatIsNoAddress(String address) {
    assertThat(config.problems("registry.http.url = \"" + address + "\"\n"))
        .singleElement()
        .asString()
        .contains("registry.http.url: expected an address", "***", "reg")
        .doesNotContain("sEc", "ReT");
  }

  @Test
  void anotherLanguageIsSaid() {
    assertThat(new ConfigFixture(folder).problems("[http]\nlisten = \"127.0.0.1:1\"\n"))
        .singleElement(STRING)
        .contains("it looks like TOML: a block is name { … }");
    assertThat(
            new ConfigFixture(folder).problems("http:\n  listen: 127.0.0.1:1\nlog:\n  keep: 2\n"))
        .singleElement(STRING)
        .contains("it looks like YAML: a block is name { … }");
    assertThat(new ConfigFixture(folder).problems("http { listen = "))
        .singleElement(STRING)
        .doesNotContain("looks like");
  }

  @Test
  void aTemplateThatNothingCanBeFetchedFromIsAProblem() throws ConfigException {
    for (String url : List.of("http://git.example/%s.git", "ext::sh -c %s", "%s", "-x:%s")) {
      assertThat(config.problems("plugins.git-url = \"" + url + '"'))
          .singleElement(STRING)
          .startsWith("plugins.git-url: expected an address like git@host:%s.git");
    }
    for (String url : List.of("git@git.example:%s.git", "git.example:%s", "ssh://h:22/%s")) {
      assertThat(config.load("plugins.git-url = \"" + url + '"').plugins().gitUrl()).isEqualTo(url);
    }
  }

  @Test
  void fileAndLineAreSaid() {
    Path file = config.file("log.level = info\nhttp.listen = nowhere\n");
    assertThatThrownBy(() -> config.load("log.level = info\nhttp.listen = nowhere\n"))
        .hasMessage(
            "http.listen: expected host:port, like 127.0.0.1:1232, found \"nowhere\" ("
                + file
                + ", line 2)");
  }

  @Test
  void whoMayConnectIsAnOctalNumber() {
    assertThat(config.problems("http.unix-socket-mode = rw-rw----"))
        .singleElement(STRING)
        .startsWith("http.unix-socket-mode: expected an octal number like \"0660\"");
    assertThat(config.problems("http { unix-socket = /run/a, post-socket = /run/a }"))
        .singleElement(STRING)
        .startsWith("http.post-socket: expected another path than http.unix-socket");
  }

  @Test
  void allProblemsAreSaidAtOnce() {
    assertThat(
            config.problems(
                """
                log.level = loud
                log.keep = 0
                http.listen = "1232"
                http.legacy-get = perhaps
                http.max-body = much
                registry.type = ldap
                registry.http.url = "registry:8000"
                registry.poll-interval = 10ms
                plugins.git-url = "https://me:sEcReT@git.example/"
                plugins.user = "no body"
                plugins.env { A = [1] }
                plugins.max-concurrent = many
                outputs.queue { type = nsq, servers = ["here", "127.0.0.1:99999"], balance = any }
                delivery.disk = 1MiB
                htpp.listen = "0.0.0.0:80"
                """))
        .containsExactlyInAnyOrder(
            "log.level: expected one of info, error, warn, debug, trace, found \"loud\" (line 1)",
            "log.keep: expected a whole number, 1…1000, found 0 (line 2)",
            "http.listen: expected host:port, like 127.0.0.1:1232, found \"1232\" (line 3)",
            "http.legacy-get: expected true or false, found \"perhaps\" (line 4)",
            "http.max-body: expected a size of at least 1024 bytes, like 256KiB or 1MiB,"
                + " found \"much\" (line 5)",
            "registry.type: expected one of directory, http, found \"ldap\" (line 6)",
            "registry.http.url: expected an address like http://registry:8000,"
                + " found \"registry:8000\" (line 7)",
            "registry.poll-interval: expected a duration of at least 1s, like 10s, 5m or 24h,"
                + " found \"10ms\" (line 8)",
            "plugins.git-url: expected a template with %s where GROUP/REPO goes, or nothing,"
                + " found \"https://***@git.example/\" (line 9)",
            "plugins.user: expected a user's name, found \"no body\" (line 10)",
            "plugins.env.A: expected a string, found [1] (line 11)",
            "plugins.max-concurrent: expected a whole number, 1…1024, found \"many\" (line 12)",
            "outputs.queue.servers: expected host:port, like 127.0.0.1:4150, found \"here\" (line"
                + " 13)",
            "outputs.queue.servers: expected host:port, like 127.0.0.1:4150,"
                + " found \"127.0.0.1:99999\" (line 13)",
            "outputs.queue.balance: expected one of round-robin, failover, found \"any\" (line 13)",
            "delivery.disk: expected a size of at least 4194304 bytes, like 256KiB or 1MiB,"
                + " found \"1MiB\" (line 14)",
            "htpp.listen: expected a known key (http.listen?), found an unknown key (line 15)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      textBlock =
          """
          log.level = []                  | log.level: expected one of info, error, warn, debug, trace, found [] (line 1)
          http.listen = {}                | http.listen: expected host:port, like 127.0.0.1:1232, found {} (line 1)
          http.listen = null              | http.listen: expected host:port, like 127.0.0.1:1232, found nothing
          registry.http.url = [a]         | registry.http.url: expected an address like http://registry:8000, found [a] (line 1)
          registry.http.url = "http://"   | registry.http.url: expected an address like http://registry:8000, found "http://" (line 1)
          registry.http.url = "http://a b"| registry.http.url: expected an address like http://registry:8000, found "http://a b" (line 1)
          registry.http.url = "http://[a" | registry.http.url: expected an address like http://registry:8000, found "http://[a" (line 1)
          registry.http.url = "http://a:70000" | registry.http.url: expected an address like http://registry:8000, found "http://a:70000" (line 1)
          registry.http.url = "http://a?b=c" | registry.http.url: expected an address like http://registry:8000, found "http://a?***" (line 1)
          plugins.dir = ""                | plugins.dir: expected a path, found "" (line 1)
          plugins.dir = []                | plugins.dir: expected a path, found [] (line 1)
          http.log-roots = [""]           | http.log-roots: expected a list of paths, found [] (line 1)
          agent.data-dir = ["/data"]      | agent.data-dir: expected a path, found [/data] (line 1)
          agent = 5                       | agent: expected a block of keys, found 5 (line 1)
          http = "127.0.0.1:1232"         | http: expected a block of keys, found "127.0.0.1:1232" (line 1)
          http.tls = "/etc/agent/cert"    | http.tls: expected a block of keys, found "/etc/agent/cert" (line 1)
          http.tls.cert = "/etc/cert"     | http.tls.cert: expected nothing (this version can do nothing else), found "/etc/cert" (line 1)
          http.open = true                | http.open: expected false (this version can do nothing else), found true (line 1)
          plugins.breaker = -1            | plugins.breaker: expected a whole number, 0…1000, found -1 (line 1)
          delivery.durability = disk      | delivery.durability: expected one of spill, memory, sync, found "disk" (line 1)
          delivery.min-free = 5           | delivery.min-free: expected a share like 5%, at most 99%, found 5 (line 1)
          delivery.min-free = 100%        | delivery.min-free: expected a share like 5%, at most 99%, found "100%" (line 1)
          outputs {}                      | outputs: expected at least one output, like console { type = stdout }, found {} (line 1)
          outputs.console = stdout        | outputs.console: expected a block with a type, like { type = stdout }, found "stdout" (line 1)
          outputs."" { type = stdout }    | outputs."": expected a name for the output, like console, found "" (line 1)
          outputs.q { type = nsq }        | outputs.q.servers: expected a list of host:port, like ["127.0.0.1:4150"], found nothing
          outputs.q { type = nsq, lookupd = ["here"] } | outputs.q.lookupd: expected a list of http://host:port, like ["http://127.0.0.1:4161"], found "here" (line 1)
          outputs.q { type = nsq, servers = ["h:1"], tls { ca = f } } | outputs.q.tls.enabled: expected true, as there are files for it, found nothing
          outputs.q { type = nsq, servers = ["h:1"], tls { enabled = true, key = f } } | outputs.q.tls.cert: expected both cert and key, or neither, found nothing
          outputs.q { type = nsq, lookupd = ["http://h:1"], client = nsq-j } | outputs.q.client: expected own, with lookupd, tls or auth-secret-file, found "nsq-j" (line 1)
          outputs.q { type = nsq, servers = [] } | outputs.q.servers: expected at least one host:port, or lookupd, found [] (line 1)
          outputs.q { type = nsqd, servers = ["h:1"], format = x } | outputs.q.type: expected one of stdout, nsq, found "nsqd" (line 1)
          outputs.q { servers = ["h:1"] } | outputs.q.type: expected one of stdout, nsq, found nothing
          log.lvl = info                  | log.lvl: expected a known key (log.level?), found an unknown key (line 1)
          delivery.retention-policy = x   | delivery.retention-policy: expected a known key, found an unknown key (line 1)
          """)
  void aProblemIsSaidOnceAndInWords(String text, String problem) {
    assertThat(config.problems(text)).containsExactly(problem);
  }

  @Test
  void anUnknownKeyIsFoundBehindASubstitution() {
    assertThat(
            config.problems(
                """
                http { listen = "127.0.0.1:80" }
                http = ${http} { open = false, listn = "127.0.0.1:81" }
                """))
        .containsExactly(
            "http.listn: expected a known key (http.listen?), found an unknown key (line 2)");
  }

  @Test
  void aSyntaxErrorSaysFileAndLine() {
    assertThat(config.problems("log.level = info\nhttp { listen = \"a"))
        .singleElement()
        .asString()
        .startsWith(folder.resolve("agent.conf") + ": expected HOCON, found ")
        .contains("2")
        .doesNotContain("\n");
  }

  @Test
  void aBlockThatIsNotClosedIsSaidInWords() {
    assertThat(config.problems("log.level = info\nhttp { listen = a\n"))
        .singleElement()
        .asString()
        .contains("2")
        .endsWith("a { or [ isn't closed");
  }

  @Test
  void aSubstitutionThatLeadsNowhereIsAProblem() {
    assertThat(config.problems("log.file = ${log.folder}\"/agent.log\""))
        .singleElement()
        .asString()
        .contains("expected substitutions that resolve")
        .contains("log.folder");
  }

  @Test
  void aFileThatIsNotThereIsAProblem() {
    Path file = folder.resolve("none.conf");
    assertThatThrownBy(
            () -> new ConfigLoader(ConfigFixture.HOME, Map.of(), true).load(file, Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(file + ": expected a configuration file, found nothing there");
    assertThatThrownBy(
            () -> new ConfigLoader(ConfigFixture.HOME, Map.of(), true).load(folder, Map.of()))
        .hasMessage(folder + ": expected a configuration file, found one that can't be read");
  }

  @Test
  void aFlagThatIsNoKeyIsAProblem() {
    assertThat(config.problems("", Map.of("http..listen", "x")))
        .containsExactly("--set: expected key=value, found \"http..listen\"");
    assertThat(config.problems("", Map.of("http.lisen", "127.0.0.1:80")))
        .containsExactly("http.lisen: expected a known key (http.listen?), found an unknown key");
  }

  @Test
  void aFileWithASecretThatOthersReadIsRefused() throws IOException {
    Path open = Files.writeString(folder.resolve("open"), "secret");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
    String found =
        open + " has mode 0644, so that others can read what is secret; chmod 600 " + open;

    assertThat(
            config.problems(
                """
                registry.http.auth-file = "%1$s"
                plugins.ssh.key = "%1$s"
                outputs.queue { type = nsq, servers = ["127.0.0.1:4150"], auth-secret-file = "%1$s"
                  tls { enabled = true, cert = "/cert", key = "%1$s" } }
                """
                    .formatted(open)))
        .containsExactlyInAnyOrder(
            "registry.http.auth-file: expected a file that only the agent's user reads, found "
                + found,
            "plugins.ssh.key: expected a file that only the agent's user reads, found " + found,
            "outputs.queue.tls.key: expected a file that only the agent's user reads, found "
                + found,
            "outputs.queue.auth-secret-file: expected a file that only the agent's user reads, found "
                + found);
  }

  @Test
  void aFileWithASecretThatSomebodyElseOwnsIsRefused() throws IOException {
    OtherUser.need();
    Path theirs = Files.writeString(folder.resolve("theirs"), "secret");
    Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString("rw-------"));
    Files.setAttribute(theirs, "unix:uid", OtherUser.ID);

    assertThat(config.problems("registry.http.auth-file = \"" + theirs + '"').toString())
        .contains(theirs + " belongs to the user with id " + OtherUser.ID);
  }

  @Test
  void aFileWithASecretOfRootsMayBeReadByRootsGroup() throws Exception {
    OtherUser.need();
    Path file = Files.writeString(folder.resolve("root"), "secret");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(config.load("registry.http.auth-file = \"" + file + '"').registry().authFile())
        .isNotNull();

    Files.setAttribute(file, "unix:gid", OtherUser.ID);
    assertThat(config.problems("registry.http.auth-file = \"" + file + '"').toString())
        .contains("has mode 0640");
  }

  @Test
  void theRegistrysPasswordIsInOnePlace() throws Exception {
    assertThat(config.load("registry.http.url = \"http://admin:PW@registry\"").notices())
        .singleElement()
        .asString()
        .contains("registry.http.auth-file")
        .doesNotContain("PW");
    assertThat(
            config.problems(
                "registry.http { url = \"http://a:PW@registry\", auth-file = \"/nowhere\" }"))
        .containsExactly(
            "registry.http.auth-file: expected nothing, as registry.http.url has a user, found"
                + " \"/nowhere\" (line 1)");
  }

  @Test
  void ownersOfFoldersAreUsersAndNobodyWhereSignaturesCount() throws Exception {
    assertThat(config.load("plugins.path-owners = [root, \"4711\"]").plugins().pathTrust())
        .isEqualTo(new Trust(ConfigFixture.HOME).and(List.of(0, 4711)));
    assertThat(config.problems("plugins.path-owners = [\"no such\"]").toString())
        .contains("plugins.path-owners: expected users of this system, or their numbers; no such");
    assertThat(
            config.problems("plugins { path-owners = [root], verify = signed, keyring = \"/k\" }"))
        .singleElement()
        .asString()
        .startsWith("plugins.path-owners: expected nobody, as plugins.verify = signed");
  }

  @Test
  void aMessageIsNeverLargerThanTheMemoryOfItsQueue() throws Exception {
    AgentConfig loaded = config.load("delivery { memory = 64KiB, max-message = 1TB }");
    assertThat(loaded.delivery().maxMessageBytes()).isEqualTo(64 * 1024);
    assertThat(loaded.notices())
        .singleElement()
        .asString()
        .contains("delivery.max-message", "delivery.memory");
  }
}
