package io.loda.agent.source.script.kept;

import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file with the control groups of runs that may leave processes, for the next agent. A line for
 * each: {@code key TAB group TAB repository}; the repository is empty during the run.
 */
public final class KeptFile {

  private static final Logger LOG = LoggerFactory.getLogger(KeptFile.class);
  private static final int MAX_BYTES = 1 << 20;

  private final Path file;

  public KeptFile(Path file) {
    this.file = file;
  }

  /** Reads the file; empty if there is none, or it can't be read. */
  List<KeptRun> read() {
    try {
      return SafeFiles.readString(file, MAX_BYTES)
          .lines()
          .map(line -> line.split("\t", 3))
          .filter(parts -> parts.length > 1)
          .map(parts -> new KeptRun(parts[0], parts.length > 2 ? parts[2] : "", Path.of(parts[1])))
          .toList();
    } catch (NoSuchFileException e) {
      // nothing was ever kept
      return List.of();
    } catch (IOException e) {
      LOG.warn("kept processes: read of {} failed, they are ended: {}", file, FileReason.of(e));
      return List.of();
    }
  }

  /** Writes the file; returns whether it is on disk. */
  boolean write(List<KeptRun> all) {
    StringBuilder text = new StringBuilder();
    for (KeptRun run : all) {
      text.append(run.key()).append('\t').append(run.folder());
      text.append('\t').append(run.repository()).append('\n');
    }
    try {
      OwnFiles.replace(file, text.toString());
      return true;
    } catch (IOException e) {
      LOG.warn("kept processes: write of {} failed: {}", file, FileReason.of(e));
      return false;
    }
  }
}
