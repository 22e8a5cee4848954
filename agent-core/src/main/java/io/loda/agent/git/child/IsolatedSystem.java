package io.loda.agent.git.child;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jgit.errors.ConfigInvalidException;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * Hides the host's git configuration from JGit. Otherwise JGit would run a {@code filter.smudge} of
 * {@code ~/.gitconfig} on a plugin's files, obey {@code GIT_SSH}, and start {@code git} to find the
 * system's configuration.
 */
final class IsolatedSystem extends SystemReader.Delegate {

  IsolatedSystem(SystemReader real) {
    super(real);
  }

  @Override
  public @Nullable String getenv(String variable) {
    return null;
  }

  @Override
  public FileBasedConfig openUserConfig(@Nullable Config parent, FS fs) {
    return new NoFile(parent, fs);
  }

  @Override
  public FileBasedConfig openSystemConfig(@Nullable Config parent, FS fs) {
    return new NoFile(parent, fs);
  }

  @Override
  public FileBasedConfig openJGitConfig(@Nullable Config parent, FS fs) {
    return new NoFile(parent, fs);
  }

  private static final class NoFile extends FileBasedConfig {

    NoFile(@Nullable Config parent, FS fs) {
      super(parent, null, fs);
    }

    @Override
    public void load() throws IOException, ConfigInvalidException {
      // there is nothing to load
    }

    @Override
    public void save() {
      // there is nothing to save
    }

    @Override
    public boolean isOutdated() {
      return false;
    }

    /**
     * Returns a fixed resolution: otherwise each process would measure that of the file system for
     * 3 s.
     */
    @Override
    public long getTimeUnit(
        String section, @Nullable String subsection, String name, long otherwise, TimeUnit unit) {
      return section.equals(ConfigConstants.CONFIG_FILESYSTEM_SECTION)
              && name.equals(ConfigConstants.CONFIG_KEY_TIMESTAMP_RESOLUTION)
          ? unit.convert(FS.FileStoreAttributes.FALLBACK_TIMESTAMP_RESOLUTION)
          : super.getTimeUnit(section, subsection, name, otherwise, unit);
    }
  }
}
