package io.loda.agent;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigException;
import io.loda.agent.source.script.PluginUser;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code agent check}: reads the configuration and says all that is wrong with it. */
@Command(name = "check", description = "Checks the configuration.")
final class CheckCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Override
  public Integer call() throws InterruptedException {
    try {
      AgentConfig config = options.load();
      PluginUser user =
          PluginUser.of(config.plugins(), PluginUser.ownUid()).allowedBy(config.policies());
      Optional<String> tooLarge = MemoryPlan.problem(config);
      if (tooLarge.isPresent()) {
        Terminal.complain(spec, tooLarge.get());
        return 2;
      }
      Terminal.say(spec, "the configuration is good; data folder " + config.host().dataDir());
      config.notices().forEach(notice -> Terminal.say(spec, "warning: " + notice));
      new PolicyCheck(config, line -> Terminal.say(spec, line)).run(user);
      return 0;
    } catch (ConfigException | PluginUser.BadUser e) {
      Terminal.complain(spec, String.valueOf(e.getMessage()));
      return 2;
    }
  }
}
