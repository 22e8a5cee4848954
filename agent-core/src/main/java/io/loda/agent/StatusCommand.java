package io.loda.agent;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code agent status}: what the running agent says of itself. */
@Command(name = "status", description = "Shows what the running agent does, as JSON.")
final class StatusCommand implements Callable<Integer> {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Override
  public Integer call() throws InterruptedException {
    AgentConfig config;
    try {
      config = options.load();
    } catch (ConfigException e) {
      Terminal.complain(spec, String.valueOf(e.getMessage()));
      return 2;
    }
    try {
      HttpResponse<String> answer = ask(config);
      Terminal.sayJson(spec, answer.body());
      return answer.statusCode() == 200 ? 0 : 1;
    } catch (IOException e) {
      Terminal.complain(
          spec, "no agent answers at " + uri(config) + " (agent start starts one): " + e);
      return 1;
    }
  }

  /** Whether the agent with this pid answers. */
  static boolean isUp(AgentConfig config, long pid) throws InterruptedException {
    try {
      return ask(config).body().contains("\"pid\":" + pid + ",");
    } catch (IOException e) {
      return false;
    }
  }

  private static HttpResponse<String> ask(AgentConfig config)
      throws IOException, InterruptedException {
    return HttpClient.newBuilder()
        .connectTimeout(PATIENCE)
        .build()
        .send(
            HttpRequest.newBuilder(uri(config)).timeout(PATIENCE).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static URI uri(AgentConfig config) {
    return URI.create("http://" + config.http().listen() + "/me/status");
  }
}
