package io.loda.agent.version;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What was built: {@code unknown} where the build didn't say. */
public record Version(String version, String commit, String branch, String buildTime) {

  private static final Version CURRENT = load();

  public static Version current() {
    return CURRENT;
  }

  private static Version load() {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Version(
        properties.getProperty("version", "unknown"),
        properties.getProperty("commit", "unknown"),
        properties.getProperty("branch", "unknown"),
        properties.getProperty("time", "unknown"));
  }
}
