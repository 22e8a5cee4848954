package io.loda.agent.cli.plugin;

import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.cli.Terminal;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code agent plugin fields}: lists the fields that items of the registry may have. */
@Command(
    name = "fields",
    description = "Lists the fields that items of a registry may have, with their defaults.")
final class PluginFieldsCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "TYPE",
      description = "Of this type only, like PORT or PLUGIN; default: of all.")
  private @Nullable String type;

  @Option(names = "--markdown", description = "Of all types, as the page of the documentation.")
  private boolean markdown;

  @Override
  public Integer call() {
    if (type != null && markdown) {
      throw new ParameterException(
          spec.commandLine(), "--markdown: expected no TYPE with it, as the page shows all types");
    }
    if (type != null) {
      Terminal.say(spec, ofType(type.toUpperCase(Locale.ROOT)));
      return 0;
    }
    Terminal.say(
        spec,
        markdown
            ? ItemsPage.markdown(AssignmentParser.defaultIntervals()).stripTrailing()
            : ItemsPage.text());
    return 0;
  }

  private String ofType(String wanted) {
    try {
      return ItemsPage.text(wanted);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "TYPE: " + e.getMessage());
    }
  }
}
