package io.loda.agent.cli.plugin;

import io.loda.agent.cli.ConfigOptions;
import io.loda.agent.cli.NotDone;
import io.loda.agent.cli.Terminal;
import io.loda.agent.cli.plugintest.PluginTemplate;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code agent plugin new}: makes a small plugin that works, with its test. */
@Command(name = "new", description = "Makes a small plugin that works, with a test.")
final class PluginNewCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "The repository's name: a folder is made.")
  private String name = "";

  @Option(
      names = "--dir",
      paramLabel = "PARENT",
      defaultValue = ".",
      description = "Where the folder is made; default: here.")
  private Path parent = Path.of(".");

  @ArgGroup private Language language = new Language();

  /** The languages, of which at most one may be given. */
  private static final class Language {

    @Option(names = "--shell", description = "In shell; the default.")
    @SuppressWarnings("UnusedVariable")
    private boolean shell;

    @Option(names = "--python", description = "In Python 3.")
    private boolean python;

    @Option(names = "--java", description = "In Java, to run inside the agent.")
    private boolean java;

    private PluginTemplate template() {
      return java ? PluginTemplate.JAVA : python ? PluginTemplate.PYTHON : PluginTemplate.SHELL;
    }
  }

  @Override
  public Integer call() throws NotDone {
    if (!PluginTemplate.isName(name)) {
      throw new ParameterException(
          spec.commandLine(),
          "NAME: expected letters, digits and _ . - (not first, nor first after plugin-), found \""
              + name
              + '"');
    }
    Path folder = parent.resolve(name).normalize();
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      throw new ParameterException(
          spec.commandLine(), folder + ": expected nothing there, found a file or folder");
    }
    PluginTemplate template = language.template();
    try {
      Terminal.say(spec, folder + ": " + String.join(", ", template.write(folder)));
    } catch (AccessDeniedException e) {
      throw new NotDone(
          folder
              + " can't be made: the user "
              + System.getProperty("user.name")
              + " may not write into "
              + folder.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new NotDone(folder + " can't be made: " + FileReason.of(e));
    }
    Terminal.say(spec, next(folder, template));
    return 0;
  }

  private String next(Path folder, PluginTemplate template) {
    boolean java = template == PluginTemplate.JAVA;
    String agent = ConfigOptions.home().resolve("bin").resolve("agent").normalize().toString();
    String test = java ? "PLUGIN_API=$(ls " + lib() + "/plugin-api-*.jar) ./test.sh" : "./test.sh";
    return """
        Next:
          cd %s
          %s
          %s plugin test .
        and then as README.md says"""
        .formatted(folder, test, agent);
  }

  /** Returns the folder of the agent's jars; in a checkout it is the build's. */
  private static String lib() {
    Path built = ConfigOptions.home().resolve("distribution/target/lib");
    return (Files.isDirectory(built) ? built : ConfigOptions.home().resolve("lib")).toString();
  }
}
