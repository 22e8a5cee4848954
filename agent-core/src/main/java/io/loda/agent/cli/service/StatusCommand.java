package io.loda.agent.cli.service;

import io.loda.agent.cli.AgentApi;
import io.loda.agent.cli.ApiCommand;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import picocli.CommandLine.Command;

/** {@code agent status}: shows the status of the running agent. */
@Command(
    name = "status",
    description = {
      "Shows what the running agent does, and what is wrong.",
      "Exit codes: 0 it answers, 1 it doesn't run, 2 usage or configuration, 3 it runs and doesn't"
          + " answer, 4 another agent answers, or something else."
    })
public final class StatusCommand extends ApiCommand {

  @Override
  public int ask(AgentApi api) throws IOException, InterruptedException {
    JsonObject answer = api.get("/me/status", Map.of()).goodBody();
    if (json()) {
      sayJson(answer.encode());
    } else {
      say(new StatusScreen(answer, Instant.now()).toString());
    }
    return 0;
  }
}
