package io.loda.agent.builtin.log;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.StateFile;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.files.allowed.ReadsLogs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code LOG}: counts a file's new lines that match a pattern, or aggregates their numbers.
 *
 * <p>{@code func} is {@code cnt}, or {@code sum}, {@code avg}, {@code max}, {@code min} over the
 * pattern's first group. {@code tags} lists names, and {@code tag_<name>} is the regular expression
 * whose first group is that tag's value.
 */
public final class LogPlugin implements MetricPlugin, ReadsLogs {

  private volatile @Nullable LogFiles files;

  @Override
  public void logFiles(LogFiles given) {
    files = given;
  }

  @Override
  public String name() {
    return "LOG";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    LogFiles told = files;
    LogFiles logs = told == null ? given.logFiles() : told;
    String name = given.required("name");
    Path file = given.host().resolve(given.required("file_path"));
    requireFile(file);
    LogPattern pattern = LogPattern.of(given);
    String item = name + "\n" + file + "\n" + pattern;
    // items of two namespaces may have the same name, and each counts for itself
    String namespace = given.text(AgentParameters.NAMESPACE).orElse("");
    StateFile state =
        namespace.isEmpty()
            ? new StateFile(given.stateDirectory(), key(item))
            : new StateFile(given.stateDirectory(), key(namespace + "\n" + item)).after(key(item));
    LogSampler sampler = new LogSampler(name, file, pattern, state, logs);
    sampler.start();
    return sampler;
  }

  private static String key(String text) {
    return "log-" + Integer.toHexString(text.hashCode());
  }

  private static void requireFile(Path file) {
    try (Opened opened = SafeFiles.open(file)) {
      if (opened.stat().isFolder()) {
        throw new IllegalArgumentException(
            "file_path: expected a file, found the directory \"" + file + "\"");
      }
    } catch (IOException e) {
      // it is missing or can't be read yet; reading it reports that
    }
  }
}
