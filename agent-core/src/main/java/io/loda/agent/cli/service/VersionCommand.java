package io.loda.agent.cli.service;

import io.loda.agent.cli.Terminal;
import io.loda.agent.version.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code agent version}: shows the version and what it was built from. */
@Command(name = "version", description = "Says what was built.")
public final class VersionCommand implements Callable<Integer>, IVersionProvider {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Override
  public Integer call() {
    Terminal.say(spec, String.join(" ", getVersion()));
    return 0;
  }

  @Override
  public String[] getVersion() {
    Version version = Version.current();
    return new String[] {
      "agent "
          + version.version()
          + " (commit "
          + version.commit()
          + ", branch "
          + version.branch()
          + ", "
          + version.buildTime()
          + ", Java "
          + Runtime.version()
          + ")"
    };
  }
}
