package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.config.ConfigException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PluginRoutesTest {

  private static final String SSH = "git@127.0.0.1:group/remote.git";

  private TestFolder folder;
  private ServerFixture agent;
  private String good;
  private String bad;
  private String slow;

  @BeforeEach
  void start(@TempDir Path temp) throws ConfigException {
    folder = new TestFolder(temp);
    good =
        folder.plugin(
            "good",
            "echo \"$@\" >>"
                + temp
                + "/arguments; echo '[{\"name\":\"m\",\"timestamp\":1700000000,\"value\":1}]'");
    bad = folder.plugin("bad", "echo it is broken >&2; exit 3");
    slow =
        folder.plugin(
            "slow",
            "echo run >>" + temp + "/runs; while [ ! -e " + temp + "/go ]; do sleep 0.05; done");
    folder.assign("ns1", good, bad, slow, SSH);
    agent = ServerFixture.start(folder);
  }

  @AfterEach
  void stop() {
    folder.write("go", "");
    agent.close();
  }

  private static String call(String what, String repository) {
    return "/plugins/"
        + what
        + "?ns=ns1&repo="
        + URLEncoder.encode(repository, StandardCharsets.UTF_8);
  }

  @Test
  void listsPluginsAsTheOlderAgentDid() {
    HttpResponse<String> answer = agent.get("/plugins/list");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    assertThat(answer.body())
        .isEqualTo(
            """
            ns1|good enabled:true
            ns1|bad enabled:true
            ns1|slow enabled:true
            ns1|remote enabled:true
            """);
  }

  @Test
  void listsPluginsAndWhatWasLeftOutAsJson() {
    folder.registry(
        "ns2",
        "[{\"measurement_type\":\"PLUGIN\",\"name\":\"PLUGIN.x\",\"git\":\"ftp://h/x\",\"interval\":\"0\"}]");
    agent.get("/update");

    JsonObject list = new JsonObject(agent.getJson("/plugins/list").body());

    JsonObject first = list.getJsonArray("plugins").getJsonObject(0);
    assertThat(first.getString("key")).isEqualTo("ns1|good");
    assertThat(first.getString("git")).isEqualTo(good);
    assertThat(first.getBoolean("enabled")).isTrue();
    assertThat(first.getMap())
        .containsEntry("type", "script")
        .containsEntry("namespace", "ns1")
        .containsEntry("project", "good")
        .containsEntry("slowed", false)
        .containsEntry("failures_in_row", 0)
        .containsEntry("next_run", null);
    JsonObject rejected = list.getJsonArray("rejected").getJsonObject(0);
    assertThat(rejected.getString("namespace")).isEqualTo("ns2");
    assertThat(rejected.getString("reason")).startsWith("git: expected ");
  }

  @Test
  void runsAPluginWithItsAssignedParameters() {
    assertThat(agent.get(call("run", good)).body()).isEqualTo("run plugin successfully");

    assertThat(folder.lines("arguments")).containsExactly("assigned");
    assertThat(agent.points())
        .hasSize(2)
        .contains("collect.ns1 PLUGIN.good.m,host=host-1 value=1 1700000000")
        .anyMatch(
            point ->
                point.startsWith(
                    "collect.ns1 plugin.good,host=host-1,result=ok,type=call value=1,duration_ms="));
  }

  @Test
  void runsAPluginWithTheParametersOfTheCall() {
    agent.get(call("run", good) + "&param=one+two%20%24HOME");

    assertThat(folder.lines("arguments")).containsExactly("one two $HOME");
  }

  @Test
  void saysHowARunWentToWhoAsksForJson() {
    HttpResponse<String> answer = agent.getJson(call("run", good));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(new JsonObject(answer.body()).getMap())
        .containsEntry("status", 200)
        .containsEntry("message", "run plugin successfully")
        .containsEntry("result", "ok")
        .containsEntry("exit_code", 0)
        .containsEntry("points", 1)
        .containsKeys("cpu_ms", "max_rss_kb", "output_bytes", "duration_ms", "stderr");
    assertThat(new JsonObject(answer.body()).getJsonArray("metrics").encode())
        .isEqualTo(
            "[{\"name\":\"m\",\"timestamp\":1700000000,\"tags\":{},\"fields\":{\"value\":1}}]");
  }

  @Test
  void saysWhyARunFailed() {
    HttpResponse<String> text = agent.get(call("run", bad));
    assertThat(text.statusCode()).isEqualTo(200);
    assertThat(text.body()).isEqualTo("run plugin ns1 bad accurs an error:ended with exit code 3");
    assertThat(agent.points())
        .anyMatch(
            point ->
                point.startsWith(
                    "collect.exception.monitor.loda plugin.result,host=host-1,name=bad,ns=ns1,type=call value=1 "));

    HttpResponse<String> json = agent.getJson(call("run", bad));
    assertThat(json.statusCode()).isEqualTo(500);
    assertThat(new JsonObject(json.body()).getMap())
        .containsEntry("status", 500)
        .containsEntry("result", "exit")
        .containsEntry("exit_code", 3)
        .containsEntry("stderr", "it is broken\n");
  }

  @Test
  void endsARunAtTheTimeOutOfTheCall() {
    assertThat(agent.get(call("run", slow) + "&timeout=1").body())
        .isEqualTo("run plugin ns1 slow accurs an error:ran longer than its time-out of 1000 ms");
  }

  @Test
  void tellsToWaitWhoWantsOneMoreRunThanThereMayBeByHand() throws ConfigException {
    agent.close();
    String other =
        folder.plugin("other", "while [ ! -e " + folder.path() + "/go ]; do sleep 0.05; done");
    folder.assign("ns1", good, slow, other);
    agent = ServerFixture.start(folder);
    List<Future<HttpResponse<String>>> calls =
        Stream.of(slow, other)
            .map(plugin -> agent.sendAside(agent.request(call("run", plugin) + "&timeout=300")))
            .toList();
    await().until(() -> agent.isIn("running", "ns1|slow") && agent.isIn("running", "ns1|other"));

    HttpResponse<String> older = agent.get(call("run", good));
    HttpResponse<String> json = agent.getJson(call("run", good));

    assertThat(older.statusCode()).isEqualTo(200);
    assertThat(older.body())
        .startsWith("2 plugins run by hand, the most at once (plugins.max-by-hand)")
        .matches("(?s).* ends within \\d+ s");
    assertThat(json.statusCode()).isEqualTo(429);
    assertThat(new JsonObject(json.body()).getInteger("status")).isEqualTo(429);
    assertThat(json.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 305L);
    folder.write("go", "");
    assertThat(calls.stream().map(call -> ServerFixture.waitFor(call).body()))
        .containsOnly("run plugin successfully");
    assertThat(agent.get(call("run", good)).body()).isEqualTo("run plugin successfully");
  }

  @Test
  void runsAPluginOnceOfManyCallsAtATime() {
    List<Future<HttpResponse<String>>> calls =
        Stream.generate(() -> agent.sendAside(agent.request(call("run", slow)))).limit(8).toList();
    await().until(() -> calls.stream().filter(Future::isComplete).count() == 7);
    assertThat(agent.getJson(call("run", slow)).statusCode()).isEqualTo(409);
    folder.write("go", "");

    assertThat(calls.stream().map(call -> ServerFixture.waitFor(call).body()))
        .containsOnlyOnce("run plugin successfully")
        .areExactly(7, new Condition<>("plugin is running"::equals, "running"));
    assertThat(folder.lines("runs")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "update", "enable", "disable"})
  void knowsAssignedPluginsOnly(String what) {
    String known = "plugin doesn't exist, add to loda first please";
    HttpResponse<String> text = agent.get(call(what, "git@host:group/other.git"));
    assertThat(text.statusCode()).isEqualTo(200);
    assertThat(text.body()).isEqualTo(known);

    HttpResponse<String> json = agent.getJson(call(what, good).replace("ns1", "ns2"));
    assertThat(json.statusCode()).isEqualTo(404);
    assertThat(new JsonObject(json.body()).getString("message")).isEqualTo(known);
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "runs", "update", "enable", "disable"})
  void namesTheParameterThatIsMissing(String what) {
    HttpResponse<String> noNamespace = agent.get("/plugins/" + what + "?repo=r");
    assertThat(noNamespace.statusCode()).isEqualTo(400);
    assertThat(noNamespace.body()).startsWith("ns: expected ").endsWith("found nothing");

    HttpResponse<String> noRepository = agent.getJson("/plugins/" + what + "?ns=ns1&repo=");
    assertThat(noRepository.statusCode()).isEqualTo(400);
    assertThat(new JsonObject(noRepository.body()).getString("message"))
        .startsWith("repo: expected ")
        .endsWith("found nothing");
  }

  @ParameterizedTest
  @CsvSource({
    "timeout=x, timeout",
    "timeout=1.5, timeout",
    "timeout=-1, timeout",
    "timeout=99999999999, timeout",
    "param=a%00b, param"
  })
  void refusesABadParameter(String query, String named) {
    HttpResponse<String> answer = agent.get(call("run", good) + "&" + query);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith(named + ": expected ").contains("found ");
    assertThat(folder.lines("arguments")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          a%3Bb+%26%26+c,         a;b && c
          a;b,                    a;b
          %7C+%3E%3C+%60id%60,    | >< `id`
          %22q%22+%27s%27+%5C+%2A, '"q" ''s'' \\ *'
          """)
  void handsOnAnyCharactersAsNoShellIsNear(String param, String arguments) {
    assertThat(agent.get(call("run", good) + "&param=" + param).body()).contains("successfully");
    assertThat(folder.lines("arguments")).containsExactly(arguments);
  }

  @Test
  void takesAnyTimeOutAndZeroAsTheDefault() {
    assertThat(agent.get(call("run", good) + "&timeout=0").body()).contains("successfully");
    assertThat(agent.get(call("run", good) + "&timeout=301").body()).contains("successfully");
    assertThat(agent.get(call("run", good) + "&timeout=" + Integer.MAX_VALUE).body())
        .contains("successfully");
    // on a busy machine it may take longer, which is an answer too
    assertThat(agent.get(call("run", good) + "&timeout=1").body())
        .containsAnyOf("successfully", "ran longer than its time-out of 1000 ms");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "group/remote",
        "group/remote.git",
        "git.example:group/remote.git",
        "https://git.example/group/remote"
      })
  void findsAPluginByGroupAndRepository(String repository) {
    assertThat(agent.get(call("disable", repository)).body())
        .isEqualTo("plugin disabled successfully");
    assertThat(agent.get("/plugins/list").body()).contains("ns1|remote enabled:false\n");
  }

  @Test
  void doesNotGuessWhichOfSeveralIsMeant() {
    folder.registry(
        "ns1",
        """
        [{"measurement_type":"PLUGIN","name":"PLUGIN.a","git":"git@one:group/a.git","interval":"0"},
         {"measurement_type":"PLUGIN","name":"PLUGIN.b","git":"git@two:group/a/","interval":"0"},
         {"measurement_type":"PLUGIN","name":"PLUGIN.c","git":"git@two:other/a2.git","interval":"0"}]
        """);
    agent.get("/update");

    assertThat(agent.get(call("disable", "other/a")).body()).contains("doesn't exist");
    assertThat(agent.get(call("disable", "a2")).body()).contains("doesn't exist");
    assertThat(agent.get(call("disable", "other/a2")).body()).contains("successfully");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/json | true",
        "application/json, */* | true",
        "application/json; charset=utf-8 | true",
        "Application/JSON | true",
        "application/json, text/plain, */* | false",
        "*/*, application/json | false",
        "text/html | false",
        "*/* | false",
      })
  void answersJsonToWhoWantsThatRatherThanText(String accept, boolean json) {
    HttpResponse<String> answer =
        agent.send(agent.request(call("run", good)).header("Accept", accept));

    assertThat(answer.body().startsWith("{")).isEqualTo(json);
  }

  @Test
  void saysThatAPluginIsNotReadyWhoseRepositoryCannotBeCloned() {
    HttpResponse<String> answer = agent.getJson(call("run", SSH));

    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(new JsonObject(answer.body()).getString("message"))
        .startsWith("plugin isn't ready: git ");
    assertThat(agent.get("/plugins/run?ns=ns1&repo=git%40127.0.0.1%3Agroup/remote.git").body())
        .startsWith("plugin isn't ready: git ");
    assertThat(agent.get(call("update", SSH)).body()).startsWith("update failed: git ");
  }
}
