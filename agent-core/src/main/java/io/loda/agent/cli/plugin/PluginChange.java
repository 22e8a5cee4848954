package io.loda.agent.cli.plugin;

import io.loda.agent.cli.AgentApi;
import io.loda.agent.cli.ApiCommand;
import io.loda.agent.cli.AtWork;
import io.loda.agent.cli.NotDone;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code agent plugin update}, {@code enable} and {@code disable}, which make one call each. */
abstract class PluginChange extends ApiCommand {

  private final String path;

  @Mixin private PluginName plugin = new PluginName();

  PluginChange(String path) {
    this.path = path;
  }

  @Override
  public int ask(AgentApi api) throws IOException, InterruptedException {
    Duration patience = api.config().plugins().gitTimeout().multipliedBy(4).plusSeconds(30);
    AgentApi.Answer answer;
    Map<String, String> query = plugin.query(api);
    AtWork work = AtWork.on(() -> complain("working; this may take as long as a clone…"));
    try {
      answer = api.post(path, query, patience);
    } finally {
      work.end();
    }
    if (json()) {
      sayJson(answer.body().encode());
    } else if (answer.good()) {
      say(text(answer));
    } else {
      throw new NotDone(answer.message());
    }
    return answer.good() ? 0 : 1;
  }

  /** Returns the text for a call that succeeded. */
  String text(AgentApi.Answer answer) {
    return answer.message();
  }

  @Command(name = "update", description = "Fetches a plugin's newest commit and switches to it.")
  static final class Update extends PluginChange {
    Update() {
      super("/plugins/update");
    }

    @Override
    String text(AgentApi.Answer answer) {
      String from = answer.body().getString("from", "");
      String to = answer.body().getString("to", "");
      if (to.isEmpty()) {
        return answer.message();
      }
      return answer.message()
          + (from.equals(to)
              ? ": at " + to + " already, nothing newer"
              : ": from " + (from.isEmpty() ? "none" : from) + " to " + to);
    }
  }

  @Command(name = "enable", description = "Lets a disabled plugin run again.")
  static final class Enable extends PluginChange {
    Enable() {
      super("/plugins/enable");
    }
  }

  @Command(
      name = "disable",
      description = "Keeps a plugin from running, also across restarts, for plugins.enable-after.")
  static final class Disable extends PluginChange {
    Disable() {
      super("/plugins/disable");
    }
  }
}
