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
 * The state of a sampler that outlives a restart: a few keys and values in its own file.
 *
 * <p>The file is replaced atomically, so a killed agent leaves the old or the new one. Without a
 * folder nothing is kept, and nothing fails.
 */
public final class StateFile {
  private static final Logger log = LoggerFactory.getLogger(StateFile.class);
  private static final int MOST_BYTES = 16 << 20;

  private final Optional<Path> file;

  /** The file of older agents. */
  private Optional<Path> before = Optional.empty();

  private final Warnings warnings = new Warnings(log);

  public StateFile(Optional<Path> folder, String name) {
    this.file = folder.map(f -> f.resolve(name));
  }

  /** Sets an older file name, whose state is used while the file doesn't exist. */
  public StateFile after(String name) {
    before = file.map(f -> f.resolveSibling(name));
    return this;
  }

  /** Returns the state that was saved last; empty if there is none. */
  public Properties load() {
    Properties state = file.map(StateFile::load).orElseGet(Properties::new);
    return state.isEmpty() ? before.map(StateFile::load).orElse(state) : state;
  }

  private static Properties load(Path file) {
    Properties state = new Properties();
    try {
      state.load(new StringReader(SafeFiles.readString(file, MOST_BYTES)));
    } catch (NoSuchFileException e) {
      log.debug("state file {}: not there yet", file);
    } catch (IOException | IllegalArgumentException e) {
      log.warn("state file {}: read failed, beginning anew: {}", file, e.toString());
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
          "state file "
              + target
              + ": write failed, retrying; after a restart something may be counted twice or not at"
              + " all: "
              + e);
    }
  }
}
