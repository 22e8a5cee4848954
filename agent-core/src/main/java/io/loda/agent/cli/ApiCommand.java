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

  /** A call that failed; the message says why. */
  public static final class NotDone extends Exception {
    private static final long serialVersionUID = 1L;

    public NotDone(String message) {
      super(message);
    }
  }

  /**
   * Makes the command's calls.
   *
   * @return the exit code
   */
  public abstract int ask(AgentApi api) throws IOException, InterruptedException, NotDone;

  @Override
  public Integer call() throws InterruptedException {
    try {
      return understood(new AgentApi(options.load()));
    } catch (ConfigException e) {
      Terminal.complain(spec, String.valueOf(e.getMessage()));
      return 2;
    } catch (AgentAddress.NoAgent e) {
      Terminal.complain(spec, String.valueOf(e.getMessage()));
      return e.exitCode();
    } catch (IOException | NotDone e) {
      Terminal.complain(spec, String.valueOf(e.getMessage()));
      return 1;
    }
  }

  /** Handles answers of an agent of another version, or of another program. */
  private int understood(AgentApi api) throws IOException, InterruptedException, NotDone {
    try {
      return ask(api);
    } catch (ClassCastException | NullPointerException | DateTimeException e) {
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
