package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.files.OwnFiles;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a plugin's version does that an update brought: three failed runs in a row, where the one
 * before was good, and it is taken back. The first good run ends the trial.
 *
 * @param commit in force; empty: none
 * @param good its last run was
 * @param before the last good commit, while this one is on trial; empty otherwise
 * @param failures so many in a row, while it is on trial
 * @param rejected the commit that was taken back, until another one comes; empty: none
 */
record Trial(String commit, boolean good, String before, int failures, String rejected) {

  private static final Logger LOG = LoggerFactory.getLogger(Trial.class);
  private static final int FAILURES = 3;

  static Trial of(String commit) {
    return new Trial(commit, false, "", 0, "");
  }

  /** After an update. */
  Trial updated(String next) {
    return next.equals(commit) ? this : new Trial(next, false, good ? commit : before, 0, "");
  }

  /** After a run; the same object when that changes nothing. */
  Trial ran(String ran, boolean ok) {
    if (!ran.equals(commit) || (ok && good && before.isEmpty())) {
      return this;
    }
    if (ok) {
      return new Trial(commit, true, "", 0, rejected);
    }
    if (before.isEmpty()) {
      return good ? new Trial(commit, false, "", 0, rejected) : this;
    }
    return new Trial(commit, false, before, failures + 1, rejected);
  }

  /** It failed, and the one before has to come back. */
  boolean lost() {
    return !before.isEmpty() && failures >= FAILURES;
  }

  /** Once the one before is back. */
  Trial takenBack() {
    return new Trial(before, true, "", 0, commit);
  }

  /** Where the one before has gone meanwhile. */
  Trial withoutReturn() {
    return new Trial(commit, false, "", 0, rejected);
  }

  /**
   * What is known of the version in force. An agent that was killed may have left a file that is a
   * step ahead of the link.
   */
  static Trial load(Path file, String current) throws IOException {
    if (!Files.exists(file)) {
      return of(current);
    }
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(Files.readString(file)));
    } catch (IllegalArgumentException | MalformedInputException e) {
      LOG.warn(
          "{} is damaged ({}): what it said of commits that failed is forgotten",
          file,
          e.toString());
      return of(current);
    }
    Trial saved =
        new Trial(
            properties.getProperty("commit", ""),
            Boolean.parseBoolean(properties.getProperty("good")),
            properties.getProperty("before", ""),
            number(properties.getProperty("failures", "0")),
            properties.getProperty("rejected", ""));
    if (saved.commit.equals(current)) {
      return saved;
    }
    if (!saved.before.isEmpty() && saved.before.equals(current)) {
      return saved.lost() ? saved.takenBack() : new Trial(current, true, "", 0, "");
    }
    return of(current);
  }

  private static int number(String text) {
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
  }

  void save(Path file) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("commit", commit);
    properties.setProperty("good", Boolean.toString(good));
    properties.setProperty("before", before);
    properties.setProperty("failures", Integer.toString(failures));
    properties.setProperty("rejected", rejected);
    StringWriter text = new StringWriter();
    properties.store(text, null);
    Path next = file.resolveSibling(file.getFileName() + ".new");
    Files.createDirectories(next.getParent());
    try (FileChannel channel =
        OwnFiles.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.write(UTF_8.encode(text.toString()));
      // else a power failure leaves an empty file, and a commit that was taken back comes again
      channel.force(false);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
