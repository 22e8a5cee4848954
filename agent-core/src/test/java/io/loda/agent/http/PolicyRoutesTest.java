package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the host's owner forbids, as the HTTP API shows it. */
final class PolicyRoutesTest {

  private final TestFolder folder;

  PolicyRoutesTest(@TempDir Path temp) {
    this.folder = new TestFolder(temp);
  }

  private static String run(String repository, String more) {
    return "/plugins/run?ns=ns1&repo="
        + URLEncoder.encode(repository, StandardCharsets.UTF_8)
        + more;
  }

  @Test
  void whatIsRefusedIsListedWithItsRuleAndCounted() throws Exception {
    String good = folder.plugin("good", "true");
    folder.assign("ns1", good, "git@git.example:ops/disk.git");
    folder.assign("ns2", good);
    folder.write(
        "conf/policy.conf", "allow-repositories = [\"path:plugins/*\"], deny-namespaces = [ns2]");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      JsonObject list = new JsonObject(agent.getJson("/plugins/list").body());

      assertThat(list.getJsonArray("plugins")).hasSize(1);
      assertThat(list.getJsonArray("rejected"))
          .containsExactly(
              new JsonObject()
                  .put("namespace", "ns1")
                  .put("name", "PLUGIN.disk")
                  .put(
                      "reason",
                      "policy: allow-repositories has nothing for"
                          + " ssh://git@git.example/ops/disk"),
              new JsonObject()
                  .put("namespace", "ns2")
                  .put("name", "PLUGIN.good")
                  .put("reason", "policy: deny-namespaces has \"ns2\""));
      assertThat(agent.get("/plugins/list").body()).isEqualTo("ns1|good enabled:true\n");
      assertThat(agent.get("/me/ns").body()).isEqualTo("[\"ns1\"]");
      assertThat(agent.counters().get("policy.refused.allow-repositories")).isEqualTo(1);
      assertThat(agent.counters().get("policy.refused.deny-namespaces")).isEqualTo(1);
    }
  }

  @Test
  void argumentsAndTimeOutByHandAreHeldToIt() throws Exception {
    String ran = folder.path().resolve("ran").toString();
    String good = folder.plugin("good", "echo \"$*\" >>" + ran);
    folder.assign("ns1", good);
    folder.write(
        "conf/policy.conf",
        "max-timeout = 5s, arguments { \"path:plugins/good\" = [assigned, \"a b\"] }");
    try (ServerFixture agent = ServerFixture.start(folder)) {
      // the default of 10 s is more than is allowed, and nobody asked for it
      assertThat(agent.get(run(good, "&param=a%20b")).body()).startsWith("run plugin successfully");
      assertThat(agent.get(run(good, "&param=a%20c")).body())
          .startsWith("policy: arguments has no \"a c\" for its repository");
      assertThat(agent.getJson(run(good, "&timeout=6")).statusCode()).isEqualTo(403);
      assertThat(agent.get(run(good, "&timeout=5")).body()).startsWith("run plugin successfully");
      assertThat(Path.of(ran)).hasContent("a b\nassigned\n");
    }
  }

  @Test
  void whoeverAsksForARefusedPluginIsToldTheRule() throws Exception {
    String refused = "git@git.example:ops/disk.git";
    folder.assign("ns1", folder.plugin("good", "true"), refused);
    folder.write("conf/policy.conf", "allow-repositories = [\"path:plugins/*\"]");
    String rule = "policy: allow-repositories has nothing for ssh://git@git.example/ops/disk";
    try (ServerFixture agent = ServerFixture.start(folder)) {
      assertThat(agent.get(run(refused, "")).statusCode()).isEqualTo(200);
      assertThat(agent.get(run(refused, "")).body())
          .matches("plugin .+ is assigned, but left out: " + Pattern.quote(rule));
      assertThat(agent.getJson(run(refused, "")).statusCode()).isEqualTo(403);
      for (String call : List.of("update", "enable", "disable", "runs")) {
        HttpResponse<String> answer =
            agent.getJson(run(refused, "").replace("/run?", "/" + call + "?"));
        assertThat(answer.statusCode()).as(call).isEqualTo(403);
        assertThat(answer.body()).as(call).contains(rule);
      }
      // of what nobody assigned there is nothing to be told
      assertThat(agent.getJson(run("git@git.example:ops/other.git", "")).statusCode())
          .isEqualTo(404);
      assertThat(agent.getJson(run("", "")).statusCode()).isEqualTo(400);
    }
  }
}
