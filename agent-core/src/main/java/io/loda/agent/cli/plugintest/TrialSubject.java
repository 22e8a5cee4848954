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
 * The plugin to try as if the registry had assigned it, from a folder, a repository or an item.
 *
 * @param item the item that the registry would have
 * @param folder the plugin's folder; null: it is fetched
 * @param given whether the caller gave the item, with its own fields
 */
record TrialSubject(JsonObject item, @Nullable Path folder, boolean given) {

  private static final String TESTED = "path:tested";

  /**
   * Reads a folder, an address or an item.
   *
   * @param name the plugin's name; null: the name of its folder or repository
   * @param home the folder that {@code path:} is relative to
   * @throws IllegalArgumentException when it is none of them; says what was expected
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
          "expected a plugin's folder, a repository's address or an item { … }, found \"%s\"%s"
              .formatted(what, noFolder(what)));
    }
    JsonObject item = item(what, name, GitAddress.project(what));
    return new TrialSubject(item, local(what, home), false);
  }

  /**
   * Returns whether it is neither a folder nor an address, so that a template makes its address.
   */
  boolean isNameInGit(String what) {
    return folder == null
        && !given
        && !what.startsWith(GitAddress.PATH)
        && !GitAddress.isRemote(what);
  }

  /** Returns that there is no such folder, where the text could mean one: it may be mistyped. */
  static String noFolder(String what) {
    return what.matches("[\\w.~/-]+")
        ? "; there is no folder " + Path.of(what).toAbsolutePath().normalize()
        : "";
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
      // an empty name would mean the current folder
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

  /** Returns whether the plugin is on this host, so that nothing is fetched. */
  boolean isHere() {
    return folder != null || !isScript();
  }

  /** Returns whether the item is a script plugin's; a folder may still have a Java plugin. */
  boolean isScript() {
    return item.getString("measurement_type", "").equals("PLUGIN");
  }

  /**
   * Returns its assignment.
   *
   * @throws IllegalArgumentException when the agent would refuse the item; says why
   */
  Assignment assignment(String namespace, AgentConfig config) {
    AssignmentParser.Parsed parsed = parsed(namespace, config);
    if (!parsed.rejected().isEmpty()) {
      throw new IllegalArgumentException(parsed.rejected().get(0).reason());
    }
    return parsed.assignments().get(0);
  }

  /** Returns why the policies refuse it; empty: they don't. */
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
