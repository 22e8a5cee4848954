package io.loda.agent.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;

/** A namespace's items written by hand in HOCON: comments, no quotes, numbers where it suits. */
public final class HoconItems {

  /** What it would include is another file, that nobody has looked at. */
  private static final ConfigParseOptions WITHOUT_INCLUDES =
      ConfigParseOptions.defaults().setIncluder(new NoIncludes());

  private HoconItems() {}

  /**
   * Reads a list.
   *
   * @param detailed whether a failure may say what was found, which is of the text; else it says
   *     the line only
   * @return the list as JSON; numbers and booleans have become strings, as the registry has them
   * @throws IllegalArgumentException when it is no list; says what was found where
   */
  public static String read(String hocon, boolean detailed) {
    // HOCON has no list at its top: so it gets a name, on the first line, so that lines keep their
    // numbers
    String text = "items = " + hocon;
    Config config;
    try {
      config = ConfigFactory.parseString(text, WITHOUT_INCLUDES);
      // before substitutions, which a few lines can make as large as they like
      ConfigValue items = config.root().get("items");
      if (config.root().size() != 1 || items == null || items.valueType() != ConfigValueType.LIST) {
        throw new IllegalArgumentException("expected a list of items: [ { … }, { … } ]");
      }
      config = config.resolve(ConfigResolveOptions.noSystem());
    } catch (ConfigException e) {
      throw new IllegalArgumentException(
          "expected a list of items in HOCON, found: " + (detailed ? message(e) : line(e)), e);
    } catch (StackOverflowError e) {
      throw new IllegalArgumentException(
          "expected a list of items in HOCON, found: lists in each other without end", e);
    }
    ConfigList list = config.getList("items");
    List<ConfigValue> read = new ArrayList<>();
    list.forEach(item -> read.add(texts(item)));
    return ConfigValueFactory.fromIterable(read).render(ConfigRenderOptions.concise());
  }

  private static String message(ConfigException e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s*\\n\\s*", " ");
  }

  private static String line(ConfigException e) {
    return "a mistake"
        + (e.origin() == null || e.origin().lineNumber() < 0
            ? ""
            : " in line " + e.origin().lineNumber());
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
