package io.loda.agent.source.script.process;

import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** One pipe: the reading end stays here, the other goes to a process. One thread. */
public final class OutputPipe implements Closeable {

  private final Path path;
  private final RandomAccessFile file;
  private final FileInputStream in;
  private final Consumer<Path> giveBack;
  private boolean reusable;

  /**
   * Opens a named pipe.
   *
   * @param giveBack takes one that can be used again
   */
  OutputPipe(Path path, Consumer<Path> giveBack) throws IOException {
    this.path = path;
    this.giveBack = giveBack;
    // for reading and writing, because to open it only for reading waits for a writer
    this.file = new RandomAccessFile(path.toFile(), "rw");
    this.in = new FileInputStream(file.getFD());
  }

  /** Where a process is to write. */
  File target() {
    return path.toFile();
  }

  /** Takes the name away once the process has it open. */
  void unlink() throws IOException {
    Files.deleteIfExists(path);
  }

  /** Nobody else has it open any more, so that another run can have it; its name must be there. */
  void keep() {
    reusable = true;
  }

  /** How many bytes are there to be read. */
  int available() throws IOException {
    return in.available();
  }

  /** Reads what is there, without waiting; 0 when there is nothing. */
  int read(byte[] chunk) throws IOException {
    int available = in.available();
    return available > 0 ? in.read(chunk, 0, Math.min(available, chunk.length)) : 0;
  }

  /** From now on, who still writes gets an error. */
  @Override
  public void close() throws IOException {
    if (!reusable) {
      Files.deleteIfExists(path);
    }
    in.close();
    file.close();
    if (reusable) {
      giveBack.accept(path);
    }
  }
}
