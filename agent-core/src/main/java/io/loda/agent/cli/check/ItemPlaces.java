package io.loda.agent.cli.check;

import io.loda.agent.assignment.Item;
import io.loda.agent.assignment.ItemName;
import io.loda.common.config.HoconItems;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Finds the lines of the items in a namespace's file. Blocks shortly. */
final class ItemPlaces {

  private static final int MOST_BYTES = 64 << 20;

  private final Path file;

  /** By name; of two items the later one, because that one is left out. */
  private final Map<String, Integer> lines = new HashMap<>();

  private ItemPlaces(Path file) {
    this.file = file;
  }

  /**
   * Finds the places of a namespace's items.
   *
   * @param items all items of the file
   */
  static ItemPlaces of(Path folder, String namespace, List<Item> items) {
    ItemPlaces places = new ItemPlaces(path(folder, namespace));
    try {
      List<Integer> lines = HoconItems.lines(SafeFiles.readString(places.file, MOST_BYTES));
      for (int i = 0; i < items.size() && items.size() == lines.size(); i++) {
        places.lines.put(items.get(i).shownName(), lines.get(i));
        places.lines.put(items.get(i).get("name"), lines.get(i));
      }
    } catch (IOException e) {
      // it was readable a moment ago; the lines stay unknown
    }
    return places;
  }

  private static Path path(Path folder, String namespace) {
    Path hocon = folder.resolve(namespace + ".conf");
    return Files.exists(hocon) ? hocon : folder.resolve(namespace + ".json");
  }

  /** Returns a namespace's file, without characters that could steer a terminal. */
  static String file(Path folder, String namespace) {
    return path(folder, namespace).toString().replaceAll("\\p{Cntrl}", "?");
  }

  /**
   * Returns file and line of an item in brackets; only the file if the line isn't known.
   *
   * @param name the item's name; a plugin's with or without {@code PLUGIN.}
   */
  String of(String name) {
    Integer line =
        Stream.of(name, ItemName.bare(name), ItemName.full(name))
            .map(lines::get)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
    return " (" + file + (line == null ? ")" : ", line " + line + ")");
  }
}
