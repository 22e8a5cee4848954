package io.loda.server.store.dump;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.server.metric.BadMetric;
import io.loda.server.metric.Metric;
import io.loda.server.store.KeptAnswer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a dump metric by metric, so it may have any size: a dump of this server, or of similar
 * ones, which are lines {@code {"type":"gauge","name":"a","value":"1.5"}}, or one JSON list of
 * {@code {"id","type","value"|"delta"}}. Stops at the first damage. Messages contain nothing of the
 * file, as it may be any file. Blocks.
 */
public final class DumpReader {

  static final int VERSION = 1;

  private final Visitor visitor;
  private final long nowMillis;
  private long metrics;
  private @Nullable Own own;
  private @Nullable Damage damage;

  /** Gets the contents of a dump in order. If a metric is repeated, the last one counts. */
  public interface Visitor {

    /**
     * A metric.
     *
     * @param changedMillis the time of its last change, in ms since 1970; now if the dump doesn't
     *     have it
     */
    void metric(Metric metric, long changedMillis);

    /** The answer to a request with a key. */
    default void answer(KeptAnswer answer) {}
  }

  /**
   * The head of a dump of this server.
   *
   * @param id the id that its journals have too
   * @param changes the number of the last change that the dump contains
   */
  record Own(String id, long changes) {}

  /**
   * The place where reading stopped.
   *
   * @param atByte the offset of the damage
   * @param why a sentence for people, whose subject is the file
   */
  public record Damage(long atByte, String why) {}

  /**
   * The result of reading a dump.
   *
   * @param metrics the number of metrics
   * @param own null: the dump is of another server
   * @param damage null: the dump was read to its end
   */
  public record Result(long metrics, @Nullable Own own, @Nullable Damage damage) {}

  private DumpReader(Visitor visitor, long nowMillis) {
    this.visitor = visitor;
    this.nowMillis = nowMillis;
  }

  /**
   * Reads a file, without its journals: see {@link #hasJournal}.
   *
   * @throws IOException when it can't be read at all, or isn't a regular file
   */
  public static Result read(Path file, Visitor visitor) throws IOException {
    try (Opened opened = SafeFiles.openRegular(file);
        InputStream in = Channels.newInputStream(opened.read())) {
      return read(in, System.currentTimeMillis(), visitor);
    }
  }

  /**
   * Returns whether a journal beside the dump has changes that the dump doesn't contain: its server
   * runs, or was killed. A server writes them into the dump when it stops.
   */
  public static boolean hasJournal(Path dump) throws IOException {
    Path parent = Objects.requireNonNull(dump.toAbsolutePath().getParent());
    Names names = new Names(String.valueOf(dump.getFileName()));
    try (Opened folder = SafeFiles.openFolder(parent)) {
      for (String name : names.journals()) {
        if (DumpFolder.has(folder, name)) {
          return true;
        }
      }
    }
    return false;
  }

  static Result read(InputStream in, long nowMillis, Visitor visitor) throws IOException {
    DumpReader reader = new DumpReader(visitor, nowMillis);
    BufferedInputStream buffered = new BufferedInputStream(in, 64 * 1024);
    int first;
    do {
      buffered.mark(1);
      first = buffered.read();
    } while (first == ' ' || first == '\t' || first == '\r' || first == '\n');
    buffered.reset();
    if (first == '[') {
      reader.list(buffered);
    } else {
      reader.lines(new LinesIn(buffered));
    }
    return new Result(reader.metrics, reader.own, reader.damage);
  }

  private void lines(LinesIn lines) throws IOException {
    boolean first = true;
    boolean ended = false;
    while (damage == null && lines.next()) {
      if (isBlank(lines)) {
        damage = own == null ? null : new Damage(lines.begin(), "has a blank line");
        continue;
      }
      Fields fields = Fields.of(lines);
      String why;
      if (ended) {
        why = "has more after its end";
      } else if (fields == null) {
        why = "has a line that isn't JSON";
      } else if (first && fields.has("dump")) {
        why = lines.fits() ? head(fields) : "is damaged in its first line";
      } else if (own != null && !lines.fits()) {
        why = "has a line that doesn't fit its check";
      } else if (own != null && fields.has("metrics")) {
        ended = true;
        why = lines.isTerminated() ? null : "lacks its last line end";
      } else {
        why = item(fields);
      }
      first = false;
      damage = why == null ? null : new Damage(lines.begin(), why);
    }
    if (damage == null && own != null && !ended) {
      damage = new Damage(lines.end(), "ends before its last line");
    }
  }

  private static boolean isBlank(LinesIn line) {
    for (int i = 0; i < line.length(); i++) {
      byte c = line.array()[i];
      // a power failure may leave zeros
      if (c != ' ' && c != '\t' && c != '\r') {
        return false;
      }
    }
    return true;
  }

  private @Nullable String head(Fields fields) {
    try {
      String id = fields.text("id");
      if (id == null || fields.number("dump") != VERSION) {
        return "is of another version of this server";
      }
      own = new Own(id, fields.number("changes"));
      return null;
    } catch (BadMetric e) {
      return "is of another version of this server";
    }
  }

  /** Passes an object on to the visitor; returns what is wrong with it, or null. */
  private @Nullable String item(Fields fields) {
    Metric metric;
    KeptAnswer answer;
    long changed;
    try {
      String key = own == null ? null : fields.text("key");
      answer =
          key == null ? null : new KeptAnswer(key, fields.number("at"), fields.metrics("answer"));
      metric = key == null ? fields.metric() : null;
      changed = key == null && own != null ? fields.number("changed") : nowMillis;
    } catch (BadMetric e) {
      return "has what isn't a metric";
    }
    if (answer != null) {
      visitor.answer(answer);
    } else if (metric != null) {
      visitor.metric(metric, changed);
      metrics++;
    }
    return null;
  }

  private void list(InputStream in) throws IOException {
    try (JsonParser parser = Fields.JSON.createParser(in)) {
      try {
        parser.nextToken();
        while (damage == null && parser.nextToken() != JsonToken.END_ARRAY) {
          long at = parser.currentTokenLocation().getByteOffset();
          String why =
              parser.currentToken() == JsonToken.START_OBJECT
                  ? item(Fields.of(parser))
                  : "has what isn't a metric";
          damage = why == null ? null : new Damage(at, why);
        }
        if (damage == null && parser.nextToken() != null) {
          long at = parser.currentTokenLocation().getByteOffset();
          damage = new Damage(at, "has more after its end");
        }
      } catch (JsonProcessingException e) {
        damage = new Damage(e.getLocation().getByteOffset(), "isn't JSON there, or ends");
      }
    }
  }
}
