package io.loda.agent;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code agent plugin list}. */
@Command(name = "list", description = "Lists plugins and what they measure.")
final class PluginListCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--builtin",
      required = true,
      description = "The built-in ones: each type's measurements, their tags and units.")
  private boolean builtin;

  @Option(names = "--markdown", description = "As the page of the documentation.")
  private boolean markdown;

  @Override
  public Integer call() {
    BuiltinMeasurements measurements = BuiltinMeasurements.load();
    if (!builtin || measurements.rows().isEmpty()) {
      Terminal.complain(
          spec, "no built-in plugins are on the class path; start it as bin/agent does");
      return 1;
    }
    String page = markdown ? measurements.markdown() : measurements.text();
    Terminal.say(spec, page.stripTrailing());
    return 0;
  }
}
