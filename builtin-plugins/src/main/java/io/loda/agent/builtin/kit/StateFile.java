package io.loda.agent.builtin.kit;

import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a sampler knows beyond a restart: a few keys and values in a file of its own.
 *
 * <p>The file is replaced as a whole, so that an agent that is killed leaves the old or the new
 * one. Without a folder nothing is kept, and nothing fails.
 */
public final class StateFile {
  private static final Logger log = LoggerFactory.getLogger(StateFile.class);
  private static final int MOST_BYTES = 16 << 20;

  private final Optional<Path> file;

  /** Where older agents kept it. */
  private Optional<Path> before = Optional.empty();

  private final Warnings warnings = new Warnings(log);

  public StateFile(Optional<Path> folder, String name) {
    this.file = folder.map(f -> f.resolve(name));
  }

  /** What goes on from a file of another name, where it has none of its own yet. */
  public StateFile after(String name) {
    before = file.map(f -> f.resolveSibling(name));
    return this;
  }

  /** What was saved last; empty when there is nothing. */
  public Properties load() {
    Properties state = file.map(StateFile::load).orElseGet(Properties::new);
    return state.isEmpty() ? before.map(StateFile::load).orElse(state) : state;
  }

  private static Properties load(Path file) {
    Properties state = new Properties();
    try {
      state.load(new StringReader(SafeFiles.readString(file, MOST_BYTES)));
    } catch (NoSuchFileException e) {
      log.debug("{} is new", file);
    } catch (IOException | IllegalArgumentException e) {
      log.warn("{}: read failed, beginning anew: {}", file, e.toString());
    }
    return state;
  }

  public void save(Properties state) {
    if (file.isEmpty()) {
      return;
    }
    Path target = file.get();
    try {
      StringWriter text = new StringWriter();
      state.store(text, null);
      OwnFiles.replace(target, text.toString());
      warnings.over("save");
    } catch (IOException e) {
      warnings.once(
          "save",
          target
              + ": write failed, so after a restart something may be counted twice or not at all: "
              + e);
    }
  }
}
