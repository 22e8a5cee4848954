package io.loda.agent.source.script.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.system.Command;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PluginUserTest {

  private static final long ROOT = 0;
  private static final long SOMEBODY = 1234;

  private final String own = System.getProperty("user.name");

  @Test
  void rootBecomesTheConfiguredUser() throws Exception {
    PluginUser user = PluginUser.of(config("nobody").build(), ROOT);

    assertThat(user.switched()).isTrue();
    assertThat(user.name()).isEqualTo("nobody");
    assertThat(user.uid()).isPositive();
    assertThat(user.groups()).isNotEmpty().doesNotContain(0L).doesNotHaveDuplicates();
    assertThat(user.home()).startsWith("/");
  }

  @Test
  void rootIsRefusedUnlessAllowed() throws Exception {
    assertThatThrownBy(() -> PluginUser.of(config("root").build(), ROOT))
        .isInstanceOf(PluginUser.BadUser.class)
        .hasMessage(
            "plugins.user: expected a user that is not root, unless plugins.allow-root = true,"
                + " found \"root\"");

    PluginUser user = PluginUser.of(config("root").allowRoot().build(), ROOT);
    assertThat(user.uid()).isZero();
  }

  @Test
  void unknownUserIsRefused() {
    for (String name : new String[] {"no-such-user-here", "", "root:x", "-x", ".*"}) {
      assertThatThrownBy(() -> PluginUser.of(config(name).build(), ROOT))
          .as(name)
          .isInstanceOf(PluginUser.BadUser.class)
          .hasMessage("plugins.user: expected a user of this system, found \"" + name + "\"");
    }
  }

  @Test
  void whoIsNotRootRunsPluginsAsItself() throws Exception {
    for (String name : new String[] {"nobody", own}) {
      PluginUser user = PluginUser.of(config(name).build(), SOMEBODY);

      assertThat(user.switched()).isFalse();
      assertThat(user.name()).isEqualTo(own);
      assertThat(user.uid()).isEqualTo(SOMEBODY);
    }
  }

  @Test
  void whoIsNotRootCannotBecomeAnother() {
    assertThatThrownBy(() -> PluginUser.of(config("daemon").build(), SOMEBODY))
        .isInstanceOf(PluginUser.BadUser.class)
        .hasMessage(
            "plugins.user: expected "
                + own
                + " (an agent that is not root runs plugins as its own user), found \"daemon\"");
  }

  @Test
  void ownNumberIsThatOfTheSystem() {
    assertThat(Long.toString(PluginUser.ownUid())).isEqualTo(Command.firstLine("id", "-u"));
  }

  private static PluginsConfig config(String user) {
    return new PluginsConfig(Path.of("/nowhere")).user(user);
  }
}
