package io.loda.common.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;

/** Reads a namespace's items written by hand in HOCON, so with comments and without most quotes. */
public final class HoconItems {

  /** Includes are off: nobody has checked the file that they would read. */
  private static final ConfigParseOptions WITHOUT_INCLUDES =
      ConfigParseOptions.defaults().setIncluder(new NoIncludes());

  private HoconItems() {}

  /**
   * Reads a list.
   *
   * @param detailed whether an error may quote the text; otherwise it has only the line
   * @return the list as JSON; numbers and booleans become strings, as in the registry
   * @throws IllegalArgumentException when it isn't a list; says what was found where
   */
  public static String read(String hocon, boolean detailed) {
    StringBuilder json = new StringBuilder("[");
    HoconSplit.split(
        hocon,
        (item, line) -> {
          json.append(json.length() > 1 ? "," : "");
          json.append(texts(item(item, line, detailed)).render(ConfigRenderOptions.concise()));
        });
    return json.append(']').toString();
  }

  private static ConfigValue item(String hocon, int line, boolean detailed) {
    // HOCON has no list at the top, so name it; on the first line, to keep line numbers; the
    // last line break ends a comment before the bracket
    String text = "items = [" + hocon + "\n]";
    try {
      Config config = ConfigFactory.parseString(text, WITHOUT_INCLUDES);
      ConfigValue items = config.root().get("items");
      if (config.root().size() == 1 && items != null && items.valueType() == ConfigValueType.LIST) {
        List<ConfigValue> list = config.resolve(ConfigResolveOptions.noSystem()).getList("items");
        if (list.size() == 1) {
          return list.get(0);
        }
      }
      throw new IllegalArgumentException(
          "expected a list of items: [ { … }, { … } ] (line " + line + ")");
    } catch (ConfigException e) {
      throw new IllegalArgumentException(
          "expected a list of items in HOCON, found: "
              + (detailed ? message(e, hocon, line) : "a mistake in line " + line(e, hocon, line)),
          e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(
          "expected a list of items in HOCON, found: too many nested lists", e);
    }
  }

  /**
   * Returns the lines on which a list's items begin; empty if it isn't a list.
   *
   * @param hocon may be JSON, which is HOCON too
   */
  public static List<Integer> lines(String hocon) {
    List<Integer> lines = new ArrayList<>();
    try {
      HoconSplit.split(hocon, (item, line) -> lines.add(line));
    } catch (IllegalArgumentException e) {
      return List.of();
    }
    return lines;
  }

  private static int line(ConfigException e) {
    return e.origin() == null ? 1 : Math.max(1, e.origin().lineNumber());
  }

  /** Returns the line in the whole text; of an item that isn't closed the one where it begins. */
  private static int line(ConfigException e, String hocon, int first) {
    return isNotClosed(e, hocon) ? first : first + line(e) - 1;
  }

  /** The parser then comes as far as the bracket that was put behind the item. */
  private static boolean isNotClosed(ConfigException e, String hocon) {
    return line(e) > hocon.lines().count();
  }

  private static String message(ConfigException e, String hocon, int first) {
    String message = ConfigReader.message(e);
    String where = "line " + line(e, hocon, first) + ": ";
    return isNotClosed(e, hocon) && !message.contains("quoted string was still open")
        ? where + "a { or [ that begins here isn't closed"
        : message.replaceFirst("^String: " + line(e) + ": ", where);
  }

  private static ConfigValue texts(ConfigValue item) {
    if (!(item instanceof ConfigObject object)) {
      return item;
    }
    ConfigObject result = object;
    for (String key : object.keySet()) {
      ConfigValue value = object.get(key);
      if (value != null
          && (value.valueType() == ConfigValueType.NUMBER
              || value.valueType() == ConfigValueType.BOOLEAN)) {
        result =
            result.withValue(key, ConfigValueFactory.fromAnyRef(String.valueOf(value.unwrapped())));
      }
    }
    return result;
  }
}
