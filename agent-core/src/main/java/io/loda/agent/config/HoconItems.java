package io.loda.agent.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A namespace's items written by hand in HOCON: comments, no quotes, numbers where it suits. */
public final class HoconItems {

  private HoconItems() {}

  /**
   * Reads a file that holds a list.
   *
   * @return the list as JSON; numbers and booleans have become strings, as the registry has them
   * @throws IOException when it can't be read
   * @throws IllegalArgumentException when it is no list; says what was found where
   */
  public static String read(Path file) throws IOException {
    // HOCON has no list at its top: so it gets a name, on the first line, so that lines keep their
    // numbers
    String text = "items = " + Files.readString(file);
    Config config;
    try {
      config =
          ConfigFactory.parseString(text)
              .resolve(com.typesafe.config.ConfigResolveOptions.noSystem());
      if (config.root().size() != 1
          || config.getValue("items").valueType() != ConfigValueType.LIST) {
        throw new IllegalArgumentException("expected a list of items: [ { … }, { … } ]");
      }
    } catch (ConfigException e) {
      throw new IllegalArgumentException(
          "expected a list of items in HOCON, found: "
              + String.valueOf(e.getMessage()).replaceAll("\\s*\\n\\s*", " "),
          e);
    }
    ConfigList list = config.getList("items");
    List<ConfigValue> items = new ArrayList<>();
    list.forEach(item -> items.add(texts(item)));
    return ConfigValueFactory.fromIterable(items).render(ConfigRenderOptions.concise());
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
