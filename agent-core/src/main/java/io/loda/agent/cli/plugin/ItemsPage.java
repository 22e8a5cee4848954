package io.loda.agent.cli.plugin;

import io.loda.agent.assignment.ItemField;
import io.loda.agent.cli.TextTable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Formats the fields of a registry's items, for a terminal and for the documentation. */
final class ItemsPage {

  private ItemsPage() {}

  /** Formats for a terminal each type with its fields below it. */
  static String text() {
    StringBuilder text = new StringBuilder();
    ItemField.byType().forEach((type, fields) -> text.append(table(type, fields)).append("\n\n"));
    return text.toString().stripTrailing();
  }

  /**
   * Formats for a terminal the fields of one type, with those that every type has.
   *
   * @throws IllegalArgumentException for an unknown type; lists the known ones
   */
  static String text(String type) {
    List<ItemField> own = ItemField.ofTypeOnly(type);
    List<ItemField> every = ItemField.byType().getOrDefault(ItemField.EVERY_TYPE, List.of());
    return table(ItemField.EVERY_TYPE, every)
        + "\n\n"
        + (own.isEmpty() ? type + "\n  no others" : table(type, own));
  }

  private static String table(String type, List<ItemField> fields) {
    TextTable table = new TextTable("  FIELD", "DEFAULT", "UNIT", "MEANING");
    fields.forEach(
        field -> table.add("  " + field.name(), field.otherwise(), field.unit(), field.meaning()));
    return heading(type) + "\n" + table;
  }

  private static String heading(String type) {
    return type.equals(ItemField.EVERY_TYPE) ? "every type" : type;
  }

  /**
   * Formats for the documentation.
   *
   * @param intervals the default interval of each type that has one
   */
  static String markdown(Map<String, Long> intervals) {
    StringBuilder page =
        new StringBuilder(
            """
            # What an item of the registry may have
            Made by `bin/agent plugin fields --markdown > docs/registry-items.md`; don't edit it. A namespace is a list of items. Each value
            is a string. A file `<namespace>.conf` of a folder may be HOCON, as in the examples; the HTTP registry answers with JSON. A
            field that isn't on this page has no effect, and `agent check` says so. `GOPLUGIN` and `JAVAPLUGIN` (they are the same) pass all
            of their fields to the plugin.

            A changed item takes effect at its next run. A run under way finishes, unless the item is a stream or has another repository.
            If an item becomes wrong (for example a field of the wrong type, or an invalid interval), its last good version stays in force,
            also across a restart, and its `problem` says what is wrong. The agent recognizes the item by its `_id`, its `name` or its `git`.
            Only a removed item ends its measurement. An item that was never good is rejected.

            """);
    page.append(
            "Types with their default interval in seconds (those of the host are measured for every namespace): ")
        .append(
            new TreeMap<>(intervals)
                .entrySet().stream()
                    .map(type -> "`" + type.getKey() + "` " + type.getValue())
                    .collect(Collectors.joining(", ")))
        .append(". `PLUGIN`, `GOPLUGIN` and `JAVAPLUGIN` items must set it.\n");
    ItemField.byType()
        .forEach(
            (type, fields) -> {
              page.append("\n## ")
                  .append(heading(type))
                  .append("\n| field | default | unit | |\n|---|---|---|---|\n");
              fields.forEach(
                  field ->
                      page.append(
                          "| `%s` | %s | %s | %s |\n"
                              .formatted(
                                  field.name(), field.otherwise(), field.unit(), cell(field))));
              if (!type.equals(ItemField.EVERY_TYPE)) {
                page.append("```\n").append(example(type)).append("\n```\n");
              }
            });
    return page.toString();
  }

  private static String cell(ItemField field) {
    return field.meaning().replace("|", "\\|");
  }

  /** Formats an example of an item with all of a type's fields, in HOCON. */
  static String example(String type) {
    List<ItemField> fields = ItemField.byType().getOrDefault(type, List.of());
    String name =
        switch (type) {
          case "PLUGIN" -> "PLUGIN.example";
          case "PORT" -> "PORT.web.80";
          case "PROC", "LOG" -> type + ".web";
          default -> type.toLowerCase(java.util.Locale.ROOT);
        };
    return "{ measurement_type = "
        + type
        + ", name = "
        + name
        + ", interval = 60, "
        + fields.stream()
            .map(field -> field.name().replace("<name>", "level") + " = " + quoted(field.example()))
            .collect(Collectors.joining(", "))
        + " }";
  }

  private static String quoted(String value) {
    return value.matches("[A-Za-z0-9]+")
        ? value
        : '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
