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
 * A field that an item of the registry may have: {@code items.tsv}, from which the documentation
 * and what is said of unknown fields are made.
 *
 * @param type the measurement type that it belongs to; {@code *}: every one
 * @param otherwise what holds where the item doesn't have it; {@code required}: it must
 * @param unit or kind of value
 * @param example a value
 */
public record ItemField(
    String type, String name, String otherwise, String unit, String meaning, String example) {

  /** Every type has these. */
  public static final String EVERY_TYPE = "*";

  private static final String TABLE = "items.tsv";
  private static final String ANY_SUFFIX = "<name>";

  /** A plugin in Java has fields of its own. */
  private static final Set<String> OPEN = Set.of("GOPLUGIN", "JAVAPLUGIN");

  private static final List<ItemField> ALL = read();

  /** All of them, by type. */
  public static Map<String, List<ItemField>> byType() {
    Map<String, List<ItemField>> types = new LinkedHashMap<>();
    ALL.forEach(field -> types.computeIfAbsent(field.type, unused -> new ArrayList<>()).add(field));
    return types;
  }

  /**
   * Those that only one type has.
   *
   * @throws IllegalArgumentException when there is no such type; lists those that there are
   */
  public static List<ItemField> ofTypeOnly(String type) {
    if (!MeasurementTypes.all().contains(type)) {
      throw new IllegalArgumentException(
          "expected one of " + MeasurementTypes.known() + ", found \"" + type + '"');
    }
    return byType().getOrDefault(type, List.of());
  }

  /** Those of an item that its type doesn't have; none for a type that has fields of its own. */
  static Set<String> unknown(String type, Collection<String> fields) {
    if (OPEN.contains(type)) {
      return Set.of();
    }
    Set<String> unknown = new TreeSet<>(fields);
    unknown.removeIf(name -> of(type).stream().anyMatch(field -> field.is(name)));
    return unknown;
  }

  /** The names of the fields that a type has. */
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
