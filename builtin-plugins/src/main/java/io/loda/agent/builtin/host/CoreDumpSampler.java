package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.StateFile;
import io.loda.agent.builtin.kit.Warnings;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.allowed.LogFiles;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports each core file once, even across restarts, with the time in its name.
 *
 * <p>Without a saved state, the files of the last minute are new and the others are not.
 */
final class CoreDumpSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(CoreDumpSampler.class);
  private static final long NEW_SECONDS = 60;
  private static final int MOST_FILES = 5_000;

  private final List<Path> folders;
  private final Set<Path> fixed;
  private final LogFiles files;
  private final StateFile state;
  private final Clock clock;
  private final Warnings warnings = new Warnings(log);
  private Set<String> known = new HashSet<>();

  /**
   * Creates a sampler.
   *
   * @param fixed the folders that no registry chooses
   */
  CoreDumpSampler(
      List<Path> folders, Set<Path> fixed, LogFiles files, StateFile state, Clock clock) {
    this.folders = List.copyOf(folders);
    this.fixed = Set.copyOf(fixed);
    this.files = files;
    this.state = state;
    this.clock = clock;
  }

  void start() {
    Properties saved = state.load();
    known = new HashSet<>(saved.stringPropertyNames());
    if (saved.isEmpty()) {
      long now = clock.instant().getEpochSecond();
      for (String file : present()) {
        if (CoreFile.named(nameOf(file)).filter(c -> c.seconds() >= now - NEW_SECONDS).isEmpty()) {
          known.add(file);
        }
      }
    }
  }

  @Override
  public List<Metric> collect() {
    Points points = new Points();
    Set<String> present = present();
    for (String file : present) {
      if (!known.contains(file)) {
        CoreFile.named(nameOf(file))
            .ifPresent(
                core ->
                    points.add(
                        new Metric(
                            "app.service.coredump",
                            core.seconds(),
                            Map.of("service", core.service()),
                            1.0)));
      }
    }
    known = present;
    save();
    return points.list();
  }

  /** Saves the known files. The key "seen" tells an empty folder from a first start. */
  private void save() {
    Properties now = new Properties();
    now.setProperty("seen", "");
    known.forEach(file -> now.setProperty(file, ""));
    state.save(now);
  }

  private Set<String> present() {
    Set<String> present = new HashSet<>();
    for (Path folder : folders) {
      try (Opened opened =
          fixed.contains(folder) ? SafeFiles.openFolder(folder) : files.openFolder(folder)) {
        addNames(opened, folder, present);
      } catch (NoSuchFileException e) {
        // the folder is created with the first core file
      } catch (AccessDeniedException e) {
        warnings.once(
            folder.toString(),
            "COREDUMP: list of "
                + folder
                + " refused, its core files aren't reported; run the agent as root");
      } catch (IOException e) {
        warnings.once(
            folder.toString(), "COREDUMP: list of " + folder + " failed: " + e.getMessage());
        // keep them: otherwise they would be new when the list works again
        known.stream().filter(file -> Path.of(file).startsWith(folder)).forEach(present::add);
      }
    }
    return present;
  }

  private void addNames(Opened opened, Path folder, Set<String> present) throws IOException {
    for (Path name : opened.names(MOST_FILES, CoreDumpSampler::isCore)) {
      Optional<String> refusal = files.refusal(opened.realPath().resolve(name));
      if (refusal.isEmpty()) {
        present.add(folder.resolve(name).toString());
      } else {
        warnings.once(
            "refused " + folder,
            "COREDUMP: " + folder + ": core files aren't reported: " + refusal.get());
      }
    }
  }

  private static boolean isCore(Path name) {
    return CoreFile.named(name.toString()).isPresent();
  }

  private static String nameOf(String file) {
    return file.substring(file.lastIndexOf('/') + 1);
  }
}
