package io.loda.agent.cli;

import io.loda.common.config.ConfigException;
import java.io.IOException;
import java.time.DateTimeException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that calls the running agent. */
public abstract class ApiCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(names = "--json", description = "The agent's answer as it is, for scripts.")
  private boolean json;

  /**
   * Makes the command's calls.
   *
   * @return the exit code
   */
  public abstract int ask(AgentApi api) throws IOException, InterruptedException;

  @Override
  public Integer call() throws ConfigException, IOException, InterruptedException {
    AgentApi api = new AgentApi(options.load());
    try {
      return ask(api);
    } catch (ClassCastException | NullPointerException | DateTimeException e) {
      // of an agent of another version, or of another program
      throw api.notUnderstood();
    }
  }

  /** Makes the error for wrong arguments. */
  public ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Returns the given arguments that choose the configuration. */
  public List<String> configuration() {
    return options.arguments();
  }

  public boolean json() {
    return json;
  }

  public void say(String text) {
    Terminal.say(spec, text);
  }

  public void sayJson(String json) {
    Terminal.sayJson(spec, json);
  }

  public void complain(String text) {
    Terminal.complain(spec, text);
  }
}
