package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves and loads a {@link Rollout}. Blocks. */
final class RolloutFile {

  private static final Logger LOG = LoggerFactory.getLogger(Rollout.class);

  /** Bounds the file: it has a few commits with their references. */
  private static final int MOST_BYTES = 1 << 20;

  private RolloutFile() {}

  /** Loads the rollout of the version in force. */
  static Rollout load(Path file, String current) throws IOException {
    Rollout nothing = Rollout.of(new FetchedCommit(current, FetchedCommit.UNKNOWN));
    if (!Files.exists(file)) {
      return nothing;
    }
    Properties properties = new Properties();
    try {
      byte[] text = SafeFiles.readBytes(file, MOST_BYTES);
      properties.load(
          new StringReader(UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString()));
    } catch (IllegalArgumentException | MalformedInputException e) {
      LOG.warn(
          "plugins: read of {} failed ({}): commits that were rolled back are forgotten",
          file,
          FileReason.of(e));
      return nothing;
    }
    // an older agent wrote one of them, without its reference and the version before
    String rejected = properties.getProperty("rejected", "");
    return new Rollout(
            commit(properties, "commit", "ref"),
            Boolean.parseBoolean(properties.getProperty("good")),
            commit(properties, "before", "before-ref"),
            number(properties.getProperty("failures", "0")),
            properties.containsKey("from")
                ? commit(properties, "from", "from-ref")
                : new FetchedCommit(rejected, FetchedCommit.UNKNOWN),
            properties.containsKey("rejections")
                ? rejections(properties.getProperty("rejections"))
                : rejected.isEmpty()
                    ? List.of()
                    : List.of(new FetchedCommit(rejected, FetchedCommit.UNKNOWN)))
        .at(current);
  }

  private static FetchedCommit commit(Properties properties, String commit, String ref) {
    return new FetchedCommit(
        properties.getProperty(commit, ""), properties.getProperty(ref, FetchedCommit.UNKNOWN));
  }

  /** Parses pairs of a commit and its reference, which contains no blanks. */
  private static List<FetchedCommit> rejections(String text) {
    return Arrays.stream(text.split(" ", -1))
        .filter(one -> one.contains(":"))
        .map(one -> one.split(":", 2))
        .map(parts -> new FetchedCommit(parts[0], parts[1]))
        .toList();
  }

  private static int number(String text) {
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
  }

  /**
   * Saves the rollout, forced to disk: otherwise a power failure could bring back a rolled-back
   * commit.
   */
  static void save(Path file, Rollout rollout) throws IOException {
    Properties properties = new Properties();
    put(properties, "commit", "ref", rollout.version());
    properties.setProperty("good", Boolean.toString(rollout.good()));
    put(properties, "before", "before-ref", rollout.before());
    properties.setProperty("failures", Integer.toString(rollout.failures()));
    put(properties, "from", "from-ref", rollout.from());
    properties.setProperty("rejected", rollout.rolledBack());
    properties.setProperty(
        "rejections",
        rollout.rejected().stream()
            .map(one -> one.commit() + ':' + one.ref())
            .collect(Collectors.joining(" ")));
    StringWriter text = new StringWriter();
    properties.store(text, null);
    OwnFiles.replace(file, text.toString());
  }

  private static void put(Properties properties, String commit, String ref, FetchedCommit fetched) {
    properties.setProperty(commit, fetched.commit());
    properties.setProperty(ref, fetched.ref());
  }
}
