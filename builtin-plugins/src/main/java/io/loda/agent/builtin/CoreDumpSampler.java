package io.loda.agent.builtin;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says each core file once, with the time in its name, across restarts.
 *
 * <p>Without memory of an earlier run, those of the last minute are new and the others are not.
 */
final class CoreDumpSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(CoreDumpSampler.class);
  private static final long NEW_SECONDS = 60;

  private final List<Path> folders;
  private final StateFile state;
  private final Clock clock;
  private final Warnings warnings = new Warnings(log);
  private Set<String> known = new HashSet<>();

  CoreDumpSampler(List<Path> folders, StateFile state, Clock clock) {
    this.folders = List.copyOf(folders);
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

  /** The mark tells a folder without files from an agent that was never here. */
  private void save() {
    Properties now = new Properties();
    now.setProperty("seen", "");
    known.forEach(file -> now.setProperty(file, ""));
    state.save(now);
  }

  private Set<String> present() {
    Set<String> files = new HashSet<>();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "core.*")) {
        entries.forEach(entry -> files.add(entry.toString()));
      } catch (AccessDeniedException e) {
        warnings.once(
            folder.toString(),
            "no right to list " + folder + ": its core files aren't told. Run the agent as root");
      } catch (IOException | DirectoryIteratorException e) {
        warnings.once(folder.toString(), "can't list " + folder + ": " + e);
      }
    }
    return files;
  }

  private static String nameOf(String file) {
    return file.substring(file.lastIndexOf('/') + 1);
  }
}
