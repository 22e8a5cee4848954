package io.loda.agent.cli.plugintest;

import io.loda.agent.assignment.ItemName;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options for a tried plugin; each replaces the same field of an item. */
final class TrialOptions {

  private static final Pattern INTERVAL = Pattern.compile("(?<number>\\d{1,7})(?<unit>[smh]?)");
  private static final long DEFAULT_SECONDS = 10;

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--ref",
      description =
          "The branch, tag or commit of an address, or of an item with one; default: as for an "
              + "item without a ref.")
  private @Nullable String ref;

  @Option(names = "--name", description = "The plugin's name; default: the folder's.")
  private @Nullable String name;

  @Option(names = "--param", description = "Its parameters, split at blanks.")
  private @Nullable String parameters;

  @Option(
      names = "--interval",
      description = "How often it would run, like 10s or 5m; 0: on demand. Default: 10s.")
  private @Nullable String interval;

  @Option(names = "--format", description = "Its format; default: told by the output's first byte.")
  private @Nullable String format;

  @Option(names = "--mode", description = "run, or stream: it runs for one interval. Default: run.")
  private @Nullable String mode;

  @Option(names = "--raw", description = "Also shows its output, unchanged.")
  private boolean raw;

  @Nullable String name() {
    return name;
  }

  boolean raw() {
    return raw;
  }

  /**
   * Replaces the item's fields by the given options.
   *
   * @throws ParameterException when an option doesn't fit this plugin
   */
  void putInto(TrialSubject subject) {
    JsonObject item = subject.item();
    if (!subject.isScript()) {
      requireNoneOfScripts();
    }
    if (ref != null && subject.folder() != null) {
      throw mistake(
          "--ref: expected a repository's address with it, found a folder, which is run as it is");
    }
    if (name != null) {
      item.put("name", ItemName.full(ItemName.bare(name)));
    }
    if (interval != null || !subject.given()) {
      item.put("interval", Long.toString(seconds()));
    }
    ofScripts().forEach((option, field) -> item.put(field.getKey(), field.getValue()));
  }

  /**
   * Refuses options that a Java plugin doesn't have: it gets its item's fields, and prints nothing.
   *
   * @throws ParameterException when an option for scripts only was given
   */
  void requireNoneOfScripts() {
    Optional<String> option =
        raw ? Optional.of("--raw") : ofScripts().keySet().stream().findFirst();
    if (option.isPresent()) {
      throw mistake(option.get() + ": expected a script plugin with it, found one in Java");
    }
  }

  /** Returns the given fields that only scripts have, by option. */
  private Map<String, Map.Entry<String, String>> ofScripts() {
    Map<String, Map.Entry<String, String>> given = new LinkedHashMap<>();
    put(given, "--ref", "ref", ref);
    put(given, "--param", "parameters", parameters);
    put(given, "--format", "format", format);
    put(given, "--mode", "mode", mode);
    return given;
  }

  private static void put(
      Map<String, Map.Entry<String, String>> given,
      String option,
      String field,
      @Nullable String value) {
    if (value != null) {
      given.put(option, Map.entry(field, value));
    }
  }

  private long seconds() {
    if (interval == null) {
      return DEFAULT_SECONDS;
    }
    Matcher matcher = INTERVAL.matcher(interval);
    if (!matcher.matches()) {
      throw mistake("--interval: expected a time like 10s or 5m, or 0, found \"" + interval + '"');
    }
    long number = Long.parseLong(matcher.group("number"));
    return switch (matcher.group("unit")) {
      case "m" -> number * 60;
      case "h" -> number * 3600;
      default -> number;
    };
  }

  private ParameterException mistake(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
