package io.loda.agent.source.script.process;

import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A named pipe that a process writes to and the agent reads. One thread. */
public final class OutputPipe implements Closeable {

  private final Path path;
  private final RandomAccessFile file;
  private final FileInputStream in;
  private final Consumer<Path> giveBack;
  private boolean reusable;

  /**
   * Opens a named pipe.
   *
   * @param giveBack gets the path if the pipe can be reused
   */
  OutputPipe(Path path, Consumer<Path> giveBack) throws IOException {
    this.path = path;
    this.giveBack = giveBack;
    // for reading and writing: opening it only for reading would wait for a writer
    this.file = new RandomAccessFile(path.toFile(), "rw");
    this.in = new FileInputStream(file.getFD());
  }

  /** Returns the file that a process writes to. */
  File target() {
    return path.toFile();
  }

  /** Deletes the name; call it when the process has opened the pipe. */
  void unlink() throws IOException {
    Files.deleteIfExists(path);
  }

  /** Marks the pipe as reusable: no process has it open any more, and its name still exists. */
  void keep() {
    reusable = true;
  }

  /** Returns how many bytes can be read now. */
  int available() throws IOException {
    return in.available();
  }

  /** Reads the available bytes, without blocking; may return 0. */
  int read(byte[] chunk) throws IOException {
    int available = in.available();
    return available > 0 ? in.read(chunk, 0, Math.min(available, chunk.length)) : 0;
  }

  /** Closes the pipe; a process that still writes gets an error. */
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
