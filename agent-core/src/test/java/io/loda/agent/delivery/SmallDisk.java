package io.loda.agent.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A real file system that is soon full. Needs to mount one: left out where it can't. */
public abstract class SmallDisk {

  @TempDir protected Path folder;

  private final String size;
  private boolean mounted;

  protected SmallDisk(String size) {
    this.size = size;
  }

  @BeforeEach
  void mount() throws Exception {
    mounted = runs("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder.toString());
    assumeTrue(mounted, "only root may mount a small file system to fill");
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      assertThat(runs("umount", folder.toString())).isTrue();
    }
  }

  private static boolean runs(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
  }
}
