package io.loda.agent.cli.plugintest;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.assignment.ItemName;
import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.common.config.HoconItems;
import io.loda.common.telemetry.Counters;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is tried, as if the registry had assigned it: a folder, what a repository has, or an item.
 *
 * @param item as the registry would have it
 * @param folder of the plugin; null: it is fetched
 * @param given whether it is an item as it was given, with its own fields
 */
record TrialSubject(JsonObject item, @Nullable Path folder, boolean given) {

  private static final String TESTED = "path:tested";

  /**
   * What is meant.
   *
   * @param name the plugin's; null: its folder's or its repository's
   * @param home to which {@code path:} is relative
   * @throws IllegalArgumentException when nothing is; says what was expected
   */
  static TrialSubject of(String what, @Nullable String name, Path home) {
    if (what.stripLeading().startsWith("{")) {
      return ofItem(what, home);
    }
    Path folder = folder(what);
    if (folder != null) {
      String ofFolder = folder.getFileName() == null ? "" : folder.getFileName().toString();
      return new TrialSubject(item(TESTED, name, ofFolder), folder, false);
    }
    if (!what.startsWith(GitAddress.PATH)
        && GitAddress.groupAndProject(what).isEmpty()
        && !GitAddress.isRemote(what)) {
      throw new IllegalArgumentException(
          "expected a plugin's folder, a repository's address or an item { … }, found \"%s\""
              .formatted(what));
    }
    JsonObject item = item(what, name, GitAddress.project(what));
    return new TrialSubject(item, local(what, home), false);
  }

  private static TrialSubject ofItem(String text, Path home) {
    JsonArray items = new JsonArray(HoconItems.read("[" + text + "]", true));
    if (items.size() != 1) {
      throw new IllegalArgumentException("expected one item, found " + items.size());
    }
    JsonObject item = items.getJsonObject(0);
    return new TrialSubject(item, local(item.getString("git", ""), home), true);
  }

  private static @Nullable Path folder(String what) {
    try {
      // no name at all would be the current folder
      Path folder = Path.of(what).toAbsolutePath().normalize();
      return !what.isBlank() && Files.isDirectory(folder) ? folder : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static @Nullable Path local(String git, Path home) {
    return git.startsWith(GitAddress.PATH)
        ? home.resolve(git.substring(GitAddress.PATH.length())).normalize()
        : null;
  }

  private static JsonObject item(String git, @Nullable String name, String otherwise) {
    String plugin = name == null ? PluginTemplate.pluginName(otherwise) : name;
    return new JsonObject()
        .put("measurement_type", "PLUGIN")
        .put("name", ItemName.full(ItemName.bare(plugin)))
        .put("git", git);
  }

  /** Whether the host has it already, and nothing is fetched. */
  boolean isHere() {
    return folder != null || !isScript();
  }

  /** Whether it is an item of a script plugin; a folder's may turn out to be one in Java. */
  boolean isScript() {
    return item.getString("measurement_type", "").equals("PLUGIN");
  }

  /**
   * Its assignment.
   *
   * @throws IllegalArgumentException when the registry's item would be left out; says why
   */
  Assignment assignment(String namespace, AgentConfig config) {
    AssignmentParser.Parsed parsed = parsed(namespace, config);
    if (!parsed.rejected().isEmpty()) {
      throw new IllegalArgumentException(parsed.rejected().get(0).reason());
    }
    return parsed.assignments().get(0);
  }

  /** Why the host's owner would have it left out; empty where that isn't so. */
  List<String> refusals(String namespace, AgentConfig config) {
    HostPolicy policy = new HostPolicy(config, config::policies, new Counters());
    return policy.filter(namespace, parsed(namespace, config)).rejected().stream()
        .map(rejected -> rejected.reason())
        .toList();
  }

  private AssignmentParser.Parsed parsed(String namespace, AgentConfig config) {
    return new AssignmentParser(config.plugins().minInterval())
        .parse(namespace, new JsonArray().add(item).encode());
  }
}
