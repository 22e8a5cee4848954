package io.loda.agent.git;

import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves and loads a {@link Trial}. Blocks. */
final class TrialFile {

  private static final Logger LOG = LoggerFactory.getLogger(Trial.class);

  private TrialFile() {}

  /** Loads the trial of the version in force. */
  static Trial load(Path file, String current) throws IOException {
    Trial nothing = Trial.of(new Came(current, Came.UNKNOWN));
    if (!Files.exists(file)) {
      return nothing;
    }
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(Files.readString(file)));
    } catch (IllegalArgumentException | MalformedInputException e) {
      LOG.warn(
          "plugins: read of {} failed ({}): commits that were rolled back are forgotten",
          file,
          e.toString());
      return nothing;
    }
    // an older agent wrote one of them, without its reference and the version before
    String rejected = properties.getProperty("rejected", "");
    return new Trial(
            came(properties, "commit", "ref"),
            Boolean.parseBoolean(properties.getProperty("good")),
            came(properties, "before", "before-ref"),
            number(properties.getProperty("failures", "0")),
            properties.containsKey("from")
                ? came(properties, "from", "from-ref")
                : new Came(rejected, Came.UNKNOWN),
            properties.containsKey("rejections")
                ? rejections(properties.getProperty("rejections"))
                : rejected.isEmpty() ? List.of() : List.of(new Came(rejected, Came.UNKNOWN)))
        .at(current);
  }

  private static Came came(Properties properties, String commit, String ref) {
    return new Came(properties.getProperty(commit, ""), properties.getProperty(ref, Came.UNKNOWN));
  }

  /** Parses pairs of a commit and its reference, which has no blanks. */
  private static List<Came> rejections(String text) {
    return Arrays.stream(text.split(" ", -1))
        .filter(one -> one.contains(":"))
        .map(one -> one.split(":", 2))
        .map(parts -> new Came(parts[0], parts[1]))
        .toList();
  }

  private static int number(String text) {
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
  }

  /**
   * Saves the trial, forced to disk: else a rolled-back commit could return after a power failure.
   */
  static void save(Path file, Trial trial) throws IOException {
    Properties properties = new Properties();
    put(properties, "commit", "ref", trial.version());
    properties.setProperty("good", Boolean.toString(trial.good()));
    put(properties, "before", "before-ref", trial.before());
    properties.setProperty("failures", Integer.toString(trial.failures()));
    put(properties, "from", "from-ref", trial.from());
    properties.setProperty("rejected", trial.rolledBack());
    properties.setProperty(
        "rejections",
        trial.rejected().stream()
            .map(one -> one.commit() + ':' + one.ref())
            .collect(Collectors.joining(" ")));
    StringWriter text = new StringWriter();
    properties.store(text, null);
    OwnFiles.replace(file, text.toString());
  }

  private static void put(Properties properties, String commit, String ref, Came came) {
    properties.setProperty(commit, came.commit());
    properties.setProperty(ref, came.ref());
  }
}
