package io.loda.agent.cli.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The measurements of the built-in plugins, from {@code META-INF/agent/measurements.tsv} in their
 * jars.
 *
 * @param rows in the order of the files, so that those of one type are together
 */
record BuiltinMeasurements(List<Row> rows) {

  private static final String RESOURCE = "META-INF/agent/measurements.tsv";

  BuiltinMeasurements {
    rows = List.copyOf(rows);
  }

  /**
   * One measurement.
   *
   * @param type the measurement type that a registry assigns
   * @param needs the item's field that turns it on; empty: it is always on
   */
  record Row(String type, String name, List<String> tags, String unit, String needs) {

    Row {
      tags = List.copyOf(tags);
    }

    /** Reads the columns of a line. */
    static Row of(String line) {
      String[] columns = line.split("\t", -1);
      if (columns.length != 5) {
        throw new IllegalArgumentException(
            RESOURCE + ": expected 5 columns, found " + columns.length + " in \"" + line + '"');
      }
      List<String> tags = columns[2].isEmpty() ? List.of() : List.of(columns[2].split(",", -1));
      return new Row(columns[0], columns[1], tags, columns[3], columns[4]);
    }

    private String nameAndTags() {
      return tags.isEmpty() ? name : name + " {" + String.join(",", tags) + '}';
    }
  }

  /** Loads those on the class path; none if there is no such jar. */
  static BuiltinMeasurements load() {
    StringBuilder lines = new StringBuilder();
    try {
      ClassLoader loader = BuiltinMeasurements.class.getClassLoader();
      for (URL url : Collections.list(loader.getResources(RESOURCE))) {
        try (InputStream in = url.openStream()) {
          lines.append(new String(in.readAllBytes(), UTF_8)).append('\n');
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + RESOURCE, e);
    }
    return parse(lines.toString());
  }

  static BuiltinMeasurements parse(String lines) {
    return new BuiltinMeasurements(
        lines
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .map(Row::of)
            .toList());
  }

  /** Formats for a terminal each type with its measurements below it. */
  String text() {
    int names = width(rows.stream().map(Row::nameAndTags).toList());
    int units = width(rows.stream().map(Row::unit).toList());
    List<String> lines = new ArrayList<>();
    byType()
        .forEach(
            (type, measurements) -> {
              lines.add(type);
              for (Row row : measurements) {
                String needs = row.needs.isEmpty() ? "" : "with " + row.needs;
                String format = "  %-" + names + "s  %-" + units + "s  %s";
                lines.add(format.formatted(row.nameAndTags(), row.unit, needs).stripTrailing());
              }
            });
    return String.join("\n", lines);
  }

  /** Formats for the documentation. */
  String markdown() {
    StringBuilder page =
        new StringBuilder(
            """
            # What the agent measures
            Made by `bin/agent plugin list --builtin --markdown > docs/measurements.md`; don't edit it. Every point also has the tag
            `host`. The agent takes a measurement with a field in the last column only if an item of its type has that field.

            | type | measurement | tags | unit | only with |
            |---|---|---|---|---|
            """);
    for (Row row : rows) {
      String tags =
          row.tags.stream().map(BuiltinMeasurements::code).collect(Collectors.joining(", "));
      page.append(
          "| %s | %s | %s | %s | %s |\n"
              .formatted(code(row.type), code(row.name), tags, row.unit, row.needs));
    }
    return page.toString();
  }

  private Map<String, List<Row>> byType() {
    return rows.stream()
        .collect(Collectors.groupingBy(Row::type, LinkedHashMap::new, Collectors.toList()));
  }

  private static String code(String text) {
    return '`' + text + '`';
  }

  private static int width(List<String> texts) {
    return Math.max(1, texts.stream().mapToInt(String::length).max().orElse(1));
  }
}
