package io.loda.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.loda.agent.output.OutputType;
import io.loda.common.config.ConfigException;
import io.loda.common.config.ConfigReader;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every type of output, whatever its keys are. */
class OutputTypesTest {

  /** Of these, some is good for a key, or some is bad. */
  private static final List<String> VALUES =
      List.of("true", "7", "a:1", "/folder/file", "no such thing!");

  private static final Set<String> KEYS = ConfigMapping.outputKeys(ConfigFixture.HOME);

  private final Path folder;

  OutputTypesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  static List<String> types() {
    return OutputTypes.names();
  }

  @ParameterizedTest
  @MethodSource("types")
  void whatAVariableSetsIsWhatTheFileSets(String type) {
    Map<String, String> least = least(type);
    for (String key : KEYS) {
      String variable = "AGENT_OUTPUTS_X_" + key.toUpperCase(Locale.ROOT).replaceAll("\\W", "_");
      Set<Object> outcomes = new HashSet<>(Set.of(outcome(least, Map.of())));
      for (String value : List.of("true", "no such thing!")) {
        Map<String, String> more = new TreeMap<>(least);
        more.put(key, value);
        Object ofFile = outcome(more, Map.of());
        assertThat(outcome(least, Map.of(variable, value)))
            .as("%s=%s", variable, value)
            .isEqualTo(ofFile);
        outcomes.add(ofFile);
      }
      assertThat(outcomes).as("what %s does", key).hasSizeGreaterThan(1);
    }
  }

  /** A key that is asked for only beside another one would be one that no variable sets. */
  @ParameterizedTest
  @MethodSource("types")
  void noKeyIsAskedForThatIsNotKnownFromTheBeginning(String type) {
    Set<String> known = KEYS.stream().map(key -> "outputs.x." + key).collect(Collectors.toSet());
    for (String key : KEYS) {
      for (String value : VALUES) {
        Map<String, String> config = new TreeMap<>(Map.of("outputs.x.type", type));
        config.put("outputs.x." + key, value);
        ConfigReader reader = new ConfigReader(ConfigFactory.parseMap(config), ConfigFixture.HOME);
        OutputType read = OutputTypes.read(reader, "outputs.x.type");
        if (read != null) {
          read.read(reader, "outputs.x");
        }
        assertThat(known).as("with %s = %s", key, value).containsAll(reader.known());
      }
    }
  }

  @Test
  void noTypeOrAnUnknownOneIsAnsweredWithThoseThereAre() {
    String expected = "outputs.x.type: expected one of " + String.join(", ", types());

    assertThat(outcome(Map.of("type", "no such thing!"), Map.of()))
        .isEqualTo(List.of(expected + ", found \"no such thing!\""));
    assertThat(outcome(Map.of("required", "false"), Map.of()))
        .isEqualTo(List.of(expected + ", found nothing"));
  }

  /** The keys that an output of this type needs. */
  private Map<String, String> least(String type) {
    Map<String, String> least = new TreeMap<>(Map.of("type", type));
    for (String key : KEYS) {
      for (String value : VALUES) {
        if (outcome(least, Map.of()).toString().contains("outputs.x." + key + ": expected")) {
          least.put(key, value);
        }
      }
    }
    assertThat(outcome(least, Map.of())).isInstanceOf(AgentConfig.OutputConfig.class);
    return least;
  }

  /** The output, or what is wrong with it, wherever that was written. */
  private Object outcome(Map<String, String> keys, Map<String, String> environment) {
    ConfigFixture config = new ConfigFixture(folder, environment);
    String text =
        keys.entrySet().stream()
            .map(key -> "outputs.x." + key.getKey() + " = \"" + key.getValue() + "\"\n")
            .collect(Collectors.joining());
    try {
      AgentConfig loaded = config.load(text);
      assertThat(loaded.notices()).isEmpty();
      return loaded.outputs().values().iterator().next();
    } catch (ConfigException e) {
      return e.problems().stream()
          .map(problem -> problem.toString().replaceAll(" \\([^()]*(line|variable) \\w+\\)$", ""))
          .toList();
    }
  }
}
