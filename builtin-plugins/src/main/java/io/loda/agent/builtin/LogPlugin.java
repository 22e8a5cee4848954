package io.loda.agent.builtin;

import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * {@code LOG}: how many of a file's new lines match a pattern, or what their numbers come to.
 *
 * <p>{@code func} is {@code cnt}, or {@code sum}, {@code avg}, {@code max}, {@code min} over the
 * pattern's first group. {@code tags} lists names, and {@code tag_<name>} is the regular expression
 * whose first group is that tag's value.
 */
public final class LogPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "LOG";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    Parameters given = new Parameters(parameters);
    String name = given.required("name");
    Path file = given.host().resolve(given.required("file_path"));
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(
          "file_path: expected a file, found the directory \"" + file + "\"");
    }
    LogPattern pattern = LogPattern.of(given);
    String key = "log-" + Integer.toHexString((name + "\n" + file + "\n" + pattern).hashCode());
    LogSampler sampler =
        new LogSampler(name, file, pattern, new StateFile(given.stateDirectory(), key));
    sampler.start();
    return sampler;
  }
}
