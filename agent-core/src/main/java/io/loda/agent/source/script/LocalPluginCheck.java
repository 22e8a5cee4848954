package io.loda.agent.source.script;

import io.loda.agent.source.script.cage.PluginEntry;
import io.loda.common.files.FileReason;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.Trust;
import io.loda.common.files.allowed.LocalRoots;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Checks the folder of a {@code path:} plugin without running it. Blocks shortly. */
public final class LocalPluginCheck {

  private LocalPluginCheck() {}

  /** Returns why the plugin wouldn't run; empty: it would. */
  public static Optional<String> problem(Path folder, Trust trust, List<Path> roots) {
    try {
      Path program = PluginEntry.find(folder);
      new LocalRoots(roots).check(folder);
      try (Opened opened = SafeFiles.open(program)) {
        return trust
            .problem(opened)
            .map(
                why ->
                    folder
                        + " isn't run, since others than the agent's owner can change it: "
                        + why
                        + ", or name its owner in plugins.path-owners");
      }
    } catch (IOException e) {
      return Optional.of(FileReason.of(e));
    }
  }
}
