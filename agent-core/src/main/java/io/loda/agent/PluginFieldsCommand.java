package io.loda.agent;

import io.loda.agent.assignment.AssignmentParser;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code agent plugin fields}: what items of the registry may have. */
@Command(
    name = "fields",
    description = "Lists the fields that items of a registry may have, with their defaults.")
final class PluginFieldsCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(names = "--markdown", description = "As the page of the documentation.")
  private boolean markdown;

  @Override
  public Integer call() {
    Terminal.say(
        spec,
        markdown
            ? ItemsPage.markdown(AssignmentParser.defaultIntervals()).stripTrailing()
            : ItemsPage.text());
    return 0;
  }
}
