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
            Made by `bin/agent plugin fields --markdown > docs/registry-items.md`; don't edit it. A namespace is a list of items, and each
            value is a string. A file `<namespace>.conf` of a folder may be written as in the examples, in HOCON; the HTTP registry answers
            JSON. A field that isn't here does nothing, and `agent check` says so. `GOPLUGIN` and `JAVAPLUGIN` (the same) hand all of their
            fields to the plugin.

            An item that changes takes effect at its next run: one under way is let finish, but where it has another repository, or is a stream.
            An item that becomes wrong (a field of the wrong type, an interval that is none) goes on as it was when it was last good, also over a
            restart, and its `problem` says what is wrong; it is known by its `_id`, its `name` or its `git`. Only an item that is gone ends what it
            measures, and one that was never good is left out.

            """);
    page.append(
            "Types of the host, measured for every namespace, and others, with their default interval in seconds: ")
        .append(
            new TreeMap<>(intervals)
                .entrySet().stream()
                    .map(type -> "`" + type.getKey() + "` " + type.getValue())
                    .collect(Collectors.joining(", ")))
        .append(". `PLUGIN`, `GOPLUGIN` and `JAVAPLUGIN` must say theirs.\n");
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
