package io.loda.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.loda.common.config.ConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of keys says what the code reads. */
class ConfigurationPageTest {

  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(?<key>[a-z]+\\.[^`]+)` \\|");

  private static Set<String> read() {
    Config defaults =
        ConfigFactory.parseResources(ConfigLoader.class, "reference.conf").withoutPath("outputs");
    ConfigReader reader = new ConfigReader(defaults.resolve(), ConfigFixture.HOME);
    new ConfigMapping(reader, defaults.resolve(), ConfigFixture.HOME).read(List.of());
    Set<String> keys = new TreeSet<>(reader.known());
    keys.remove("outputs");
    // this version can do nothing else than what they say
    keys.removeAll(ReservedKeys.VALUES.keySet());
    ConfigMapping.outputKeys(ConfigFixture.HOME).forEach(key -> keys.add("outputs.<name>." + key));
    return keys;
  }

  @Test
  void hasARowForEachKeyAndNoOther() throws IOException {
    Path page = Path.of(System.getProperty("agent.root", "..")).resolve("docs/configuration.md");

    Set<String> rows =
        ROW.matcher(Files.readString(page))
            .results()
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(rows).containsExactlyInAnyOrderElementsOf(read());
  }
}
