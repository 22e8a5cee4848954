package io.loda.agent.git.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.util.SystemReader;
import org.junit.jupiter.api.Test;

class IsolatedSystemTest {

  private final SystemReader system = new IsolatedSystem(SystemReader.getInstance());

  @Test
  void showsNothingOfTheMachine() throws Exception {
    assertThat(system.getenv("PATH")).isNull();
    for (Config config :
        new Config[] {system.getUserConfig(), system.getSystemConfig(), system.getJGitConfig()}) {
      assertThat(config.getSections()).isEmpty();
    }
  }

  /** Without an answer JGit tries it out for three seconds, in each process anew. */
  @Test
  void saysHowExactTheFileSystemsTimesAre() throws Exception {
    long nanos =
        system
            .getUserConfig()
            .getTimeUnit(
                ConfigConstants.CONFIG_FILESYSTEM_SECTION,
                "any|file system",
                ConfigConstants.CONFIG_KEY_TIMESTAMP_RESOLUTION,
                -1,
                TimeUnit.NANOSECONDS);

    assertThat(nanos).isPositive();
  }
}
