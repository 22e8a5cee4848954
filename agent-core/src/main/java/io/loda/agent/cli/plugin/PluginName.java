package io.loda.agent.cli.plugin;

import io.loda.agent.assignment.ItemName;
import io.loda.agent.cli.AgentApi;
import io.loda.agent.cli.NotDone;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options that choose a plugin. */
final class PluginName {

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "PLUGIN",
      description = "Its name or project, or its key as plugin list shows it.")
  private @Nullable String plugin;

  @Option(names = "--ns", paramLabel = "NAMESPACE", description = "The namespace that it is in.")
  private @Nullable String namespace;

  @Option(
      names = "--repo",
      paramLabel = "ADDRESS",
      description = "Its repository's address as the registry has it, or its project.")
  private @Nullable String repository;

  /** Returns the API's parameters for the chosen plugin. */
  Map<String, String> query(AgentApi api) throws IOException, InterruptedException {
    if (plugin == null && namespace == null && repository == null) {
      throw new ParameterException(
          spec.commandLine(),
          "PLUGIN: expected a plugin's name, found none; agent plugin list shows them");
    }
    List<JsonObject> all = plugins(api);
    List<JsonObject> meant = all.stream().filter(this::isMeant).toList();
    if (meant.size() != 1) {
      throw new NotDone(
          meant.isEmpty()
              ? "no such plugin; there are " + keys(all)
              : "several plugins have this name: " + keys(meant) + "; use one of these");
    }
    JsonObject one = meant.get(0);
    String namespace = one.getString("namespace");
    String git = one.getString("git");
    return git == null
        ? Map.of("ns", namespace, "name", one.getString("key"))
        : Map.of("ns", namespace, "repo", git);
  }

  private static List<JsonObject> plugins(AgentApi api) throws IOException, InterruptedException {
    return api.get("/plugins/list", Map.of()).goodBody().getJsonArray("plugins").stream()
        .map(JsonObject.class::cast)
        .toList();
  }

  private boolean isMeant(JsonObject found) {
    // a Java plugin has neither project nor address
    String project = found.getString("project", "");
    String git = found.getString("git", "");
    return (namespace == null || found.getString("namespace").equals(namespace))
        && (repository == null || project.equals(repository) || git.equals(repository))
        && (plugin == null
            || project.equals(plugin)
            || found.getString("key").equals(plugin)
            || ItemName.isMeant(found.getString("name"), plugin));
  }

  private static String keys(List<JsonObject> plugins) {
    return plugins.isEmpty()
        ? "none"
        : plugins.stream()
            .map(found -> "'" + found.getString("key") + "' (" + shownName(found) + ")")
            .collect(Collectors.joining(", "));
  }

  static String shownName(JsonObject plugin) {
    return ItemName.full(plugin.getString("name"));
  }
}
