package io.loda.agent.assignment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * A field that an item of the registry may have, from {@code items.tsv}. The documentation and the
 * warnings about unknown fields use this table.
 *
 * @param type the measurement type that has it; {@code *}: every type
 * @param otherwise the default; {@code required}: the item must have the field
 * @param unit the unit or kind of its value
 * @param example an example of a value
 */
public record ItemField(
    String type, String name, String otherwise, String unit, String meaning, String example) {

  /** The type of the fields that every type has. */
  public static final String EVERY_TYPE = "*";

  private static final String TABLE = "items.tsv";
  private static final String ANY_SUFFIX = "<name>";

  /** The types of Java plugins, which have fields of their own. */
  private static final Set<String> OPEN = Set.of("GOPLUGIN", "JAVAPLUGIN");

  private static final List<ItemField> ALL = read();

  public static Map<String, List<ItemField>> byType() {
    Map<String, List<ItemField>> types = new LinkedHashMap<>();
    ALL.forEach(field -> types.computeIfAbsent(field.type, unused -> new ArrayList<>()).add(field));
    return types;
  }

  /**
   * Returns the fields that only this type has.
   *
   * @throws IllegalArgumentException for an unknown type; lists the known ones
   */
  public static List<ItemField> ofTypeOnly(String type) {
    if (!MeasurementTypes.all().contains(type)) {
      throw new IllegalArgumentException(
          "expected one of " + MeasurementTypes.known() + ", found \"" + type + '"');
    }
    return byType().getOrDefault(type, List.of());
  }

  /** Returns those of the fields that the type doesn't have; none for a Java plugin's type. */
  static Set<String> unknown(String type, Collection<String> fields) {
    if (OPEN.contains(type)) {
      return Set.of();
    }
    Set<String> unknown = new TreeSet<>(fields);
    unknown.removeIf(name -> of(type).stream().anyMatch(field -> field.is(name)));
    return unknown;
  }

  static List<String> names(String type) {
    return of(type).stream().map(ItemField::name).toList();
  }

  private static List<ItemField> of(String type) {
    return ALL.stream()
        .filter(field -> field.type.equals(type) || field.type.equals(EVERY_TYPE))
        .toList();
  }

  private boolean is(String given) {
    return name.endsWith(ANY_SUFFIX)
        ? given.startsWith(name.substring(0, name.length() - ANY_SUFFIX.length()))
        : given.equals(name);
  }

  private static List<ItemField> read() {
    try (InputStream in = ItemField.class.getResourceAsStream(TABLE)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(ItemField::parse)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ItemField parse(String line) {
    String[] columns = line.split("\t", -1);
    if (columns.length != 6) {
      throw new IllegalArgumentException(
          TABLE + ": expected 6 columns, found " + columns.length + " in \"" + line + '"');
    }
    return new ItemField(columns[0], columns[1], columns[2], columns[3], columns[4], columns[5]);
  }
}
