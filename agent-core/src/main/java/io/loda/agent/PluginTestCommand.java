package io.loda.agent;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigException;
import io.loda.agent.schedule.NamespaceNames;
import io.loda.agent.source.script.PluginLook;
import io.loda.agent.source.script.PluginUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code agent plugin test}: runs a folder once, as the agent would. */
@Command(
    name = "test",
    description = {
      "Runs a plugin's folder once, exactly as the agent would, and shows what would be sent.",
      "Exit code 0: a good run. 1: a failed one. 2: usage or configuration."
    })
final class PluginTestCommand implements Callable<Integer> {

  private static final Pattern INTERVAL = Pattern.compile("(?<number>\\d{1,7})(?<unit>[smh]?)");

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Parameters(paramLabel = "DIR", description = "The plugin's folder.")
  @SuppressWarnings("NullAway.Init")
  private Path folder;

  @Option(names = "--ns", defaultValue = "test", description = "The namespace; default: test.")
  private String namespace = "test";

  @Option(names = "--name", description = "The plugin's name; default: the folder's.")
  private @Nullable String name;

  @Option(names = "--param", defaultValue = "", description = "Its parameters, split at blanks.")
  private String parameters = "";

  @Option(
      names = "--interval",
      defaultValue = "10s",
      description = "How often it would run, like 10s or 5m; 0: on demand. Default: 10s.")
  private String interval = "10s";

  @Option(
      names = "--format",
      defaultValue = "",
      description = "The item's format; default: told by the output's first byte.")
  private String format = "";

  @Option(
      names = "--mode",
      defaultValue = "run",
      description = "run, or stream: it runs for one interval. Default: run.")
  private String mode = "run";

  @Override
  public Integer call() throws InterruptedException {
    Path absolute = folder.toAbsolutePath().normalize();
    if (!Files.isDirectory(absolute)) {
      throw usage(absolute + ": expected a plugin's folder, found none");
    }
    if (!NamespaceNames.isName(namespace)) {
      throw usage(
          "--ns: expected 1 to 64 of [.a-zA-Z0-9_-], no dot first, found \"" + namespace + '"');
    }
    boolean root = PluginUser.ownUid() == 0;
    TrialFolder temporary;
    try {
      temporary = new TrialFolder();
    } catch (IOException e) {
      Terminal.complain(spec, "no temporary folder can be made: " + e);
      return 1;
    }
    try (temporary) {
      Map<String, String> over = new HashMap<>();
      over.put("agent.data-dir", temporary.path().toString());
      over.put("plugins.dir", temporary.path().resolve("plugins").toString());
      over.put("delivery.memory", "256MiB");
      // who names a folder by hand may have it anywhere
      over.put("plugins.local-roots", "[\"/\"]");
      String wanted = options.load(over).plugins().user();
      if (!root) {
        over.put("plugins.user", "nobody"); // that is: nobody special
      }
      AgentConfig config = options.load(over);
      PluginUser user = PluginUser.of(config.plugins(), PluginUser.ownUid());
      if (root) {
        user.allowedBy(config.policies());
      } else {
        Terminal.say(
            spec,
            "note     runs as you, "
                + user.name()
                + "; an agent that is root"
                + " would run it as "
                + wanted);
      }
      TrialReport report = new TrialReport(config, line -> Terminal.say(spec, line));
      Optional<Path> jars = JavaTrial.jarsOf(absolute);
      if (PluginLook.at(absolute, user).program().isEmpty() && jars.isPresent()) {
        Assignment item = assignment("GOPLUGIN", absolute, config);
        return new JavaTrial(config, (Assignment.JavaPlugin) item, jars.get(), report).run();
      }
      Assignment.Script script = (Assignment.Script) assignment("PLUGIN", absolute, config);
      return new PluginTrial(config, user, script, absolute, report).run();
    } catch (ConfigException | PluginUser.BadUser e) {
      Terminal.complain(spec, String.valueOf(e.getMessage()));
      return 2;
    }
  }

  /** As if the registry had assigned it. */
  private Assignment assignment(String type, Path absolute, AgentConfig config) {
    String ofFolder = absolute.getFileName() == null ? "" : absolute.getFileName().toString();
    String plugin = name == null ? PluginTemplate.pluginName(ofFolder) : name;
    String bare = plugin.replaceFirst("^PLUGIN\\.", "");
    JsonObject item =
        new JsonObject()
            .put("measurement_type", type)
            .put("name", type.equals("PLUGIN") ? "PLUGIN." + bare : bare)
            .put("git", "path:tested")
            .put("interval", Long.toString(seconds()))
            .put("parameters", parameters)
            .put("format", format)
            .put("mode", mode);
    AssignmentParser.Parsed parsed =
        new AssignmentParser(config.plugins().minInterval())
            .parse(namespace, new JsonArray().add(item).encode());
    if (!parsed.rejected().isEmpty()) {
      throw usage(parsed.rejected().get(0).reason());
    }
    return parsed.assignments().get(0);
  }

  private long seconds() {
    Matcher matcher = INTERVAL.matcher(interval);
    if (!matcher.matches()) {
      throw usage("--interval: expected a time like 10s or 5m, or 0, found \"" + interval + '"');
    }
    long number = Long.parseLong(matcher.group("number"));
    return switch (matcher.group("unit")) {
      case "m" -> number * 60;
      case "h" -> number * 3600;
      default -> number;
    };
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
