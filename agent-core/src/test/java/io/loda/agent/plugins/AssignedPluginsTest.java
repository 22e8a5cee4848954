package io.loda.agent.plugins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.RejectedItem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which plugin somebody means, where the registry has it and the host doesn't. */
class AssignedPluginsTest {

  private static final String GIT = "https://u:secret@git.example/group/disk.git";
  private static final RejectedItem REFUSED =
      new RejectedItem("ns", "PLUGIN.web", "policy: deny-namespaces has \"ns\"", GIT);
  private static final String WHY =
      "plugin PLUGIN.web is assigned, but left out: policy: deny-namespaces has \"ns\"";

  @ParameterizedTest
  @ValueSource(strings = {"web", "PLUGIN.web", "disk", "ns|disk"})
  void oneThatIsLeftOutIsSaidToBeSoByEachOfItsNames(String name) {
    assertThat(named(refused(), name)).hasMessage(WHY);
    assertThat(named(refused(), name).reason()).isEqualTo(PluginCallException.Reason.REFUSED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        GIT,
        "https://***@git.example/group/disk.git",
        "git@git.example:group/disk.git",
        "group/disk"
      })
  void oneThatIsLeftOutIsSaidToBeSoByItsRepository(String repository) {
    assertThat(
            catchThrowableOfType(
                PluginCallException.class,
                () -> AssignedPlugins.ofRepository(refused(), "ns", repository)))
        .hasMessage(WHY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"web", "disk", "ns|disk"})
  void oneThatCannotBeReadIsSaidToBeLeftOut(String name) {
    AssignmentSet broken =
        AssignmentSet.of(
            Map.of("ns", "id"),
            List.of(
                new AssignmentParser(Duration.ofSeconds(1))
                    .parse(
                        "ns",
                        """
                        [{"measurement_type":"PLUGIN","name":"PLUGIN.web","git":"%s","interval":"soon"}]"""
                            .formatted(GIT))));

    assertThat(named(broken, name))
        .hasMessage(
            "plugin PLUGIN.web is assigned, but left out: interval: expected seconds, 0…604800,"
                + " found \"soon\"");
  }

  @Test
  void whatNobodyAssignedIsToBeAdded() {
    assertThat(named(refused(), "cpu"))
        .hasMessage("plugin doesn't exist, add to loda first please");
    assertThat(named(refused(), "cpu").reason()).isEqualTo(PluginCallException.Reason.NOT_ASSIGNED);
  }

  private static PluginCallException named(AssignmentSet set, String name) {
    return catchThrowableOfType(
        PluginCallException.class, () -> AssignedPlugins.named(set, "ns", name));
  }

  private static AssignmentSet refused() {
    return AssignmentSet.of(
        Map.of(), List.of(new AssignmentParser.Parsed(List.of(), List.of(REFUSED))));
  }
}
