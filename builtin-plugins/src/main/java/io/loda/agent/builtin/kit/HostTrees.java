package io.loda.agent.builtin.kit;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the host's trees are: elsewhere than usual when the agent runs in a container.
 *
 * @param proc the host's {@code /proc}
 * @param sys the host's {@code /sys}
 * @param root the host's root file system
 */
public record HostTrees(Path proc, Path sys, Path root) {

  /**
   * A file that {@code /proc} shows by the reader's own namespace ({@code net/…}, {@code mounts}).
   *
   * <p>With the host's {@code /proc} mounted elsewhere, "own" would be the container's: what the
   * host's first process sees is taken instead.
   */
  public Path namespaced(String file) {
    Path ofInit = proc.resolve("1").resolve(file);
    return !proc.equals(Path.of("/proc")) && Files.isReadable(ofInit) ? ofInit : proc.resolve(file);
  }

  /** Where a path of the host is for this process. */
  public Path resolve(String absolutePath) {
    return root.resolve(absolutePath.substring(absolutePath.startsWith("/") ? 1 : 0));
  }
}
