package io.loda.agent.builtin.kit;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The paths of the host's trees, which differ if the agent runs in a container.
 *
 * @param proc the host's {@code /proc}
 * @param sys the host's {@code /sys}
 * @param root the host's root file system
 */
public record HostTrees(Path proc, Path sys, Path root) {

  /**
   * Returns a file of {@code /proc} that depends on the reader's namespace ({@code net/…}, {@code
   * mounts}).
   *
   * <p>With the host's {@code /proc} mounted elsewhere, the reader's own namespace would be the
   * container's, so the file of the host's first process is used.
   */
  public Path namespaced(String file) {
    Path ofInit = proc.resolve("1").resolve(file);
    return !proc.equals(Path.of("/proc")) && Files.isReadable(ofInit) ? ofInit : proc.resolve(file);
  }

  /** Returns the path in this process for a path of the host. */
  public Path resolve(String absolutePath) {
    return root.resolve(absolutePath.substring(absolutePath.startsWith("/") ? 1 : 0));
  }
}
