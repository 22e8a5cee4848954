package io.loda.common.config;

import io.loda.common.files.FileReason;
import io.loda.common.files.FileStat;
import io.loda.common.files.Opened;
import io.loda.common.files.Owners;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.Trust;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file with a secret. It is refused if anybody but root and the agent's user can read or change
 * it, or change a part of its path. A group may read a file of root's if the group is root's or the
 * agent's own. Checks the opened file. Blocks.
 *
 * @param path may be missing
 * @param home the installation's folder, whose owner is trusted for what is in it
 */
public record SecretFile(Path path, Path home) {

  private static final int MAX_BYTES = 1 << 20;
  private static final int GROUP = 070;
  private static final int GROUP_READ = 040;
  private static final int OTHERS = 07;

  /** Returns why it is refused, and what to do; empty if it isn't, or is missing. */
  public Optional<String> problem() {
    try (Opened opened = SafeFiles.openRegular(path)) {
      return problem(opened);
    } catch (java.nio.file.NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(FileReason.of(e));
    }
  }

  /**
   * Returns its text.
   *
   * @throws IOException when it can't be read or is refused; says why, and what to do
   */
  public String read() throws IOException {
    try (Opened opened = SafeFiles.openRegular(path)) {
      Optional<String> problem = problem(opened);
      if (problem.isPresent()) {
        throw new FileSystemException(problem.get());
      }
      return opened.text(MAX_BYTES);
    }
  }

  private Optional<String> problem(Opened opened) {
    FileStat stat = opened.stat();
    boolean groupReads =
        (stat.mode() & GROUP) == GROUP_READ
            && stat.uid() == 0
            && (stat.gid() == 0 || stat.gid() == Owners.ownGid());
    if ((stat.mode() & OTHERS) != 0 || ((stat.mode() & GROUP) != 0 && !groupReads)) {
      return Optional.of(
          "%s has mode %04o, so that others can read what is secret; chmod 600 %s"
              .formatted(opened, stat.mode() & 07777, opened));
    }
    return new Trust(home).problem(opened);
  }
}
