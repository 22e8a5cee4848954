package io.loda.agent.source.script.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads small files of {@code /proc} and of control groups: they have no size, and several are read
 * at each run, where {@code Files.readString} costs twice as much. Any thread.
 */
public final class KernelFile {

  /** As much as the JDK reads without taking memory of its own for it. */
  private static final int CHUNK_BYTES = 8192;

  private static final ThreadLocal<byte[]> CHUNK =
      ThreadLocal.withInitial(() -> new byte[CHUNK_BYTES]);

  private KernelFile() {}

  /**
   * All of a file, a byte a character.
   *
   * @throws IOException when there is no such file, or no such process any more
   */
  public static String read(Path file) throws IOException {
    byte[] text = CHUNK.get();
    int length = 0;
    try (FileInputStream in = new FileInputStream(file.toString())) {
      while (true) {
        int read = in.read(text, length, Math.min(CHUNK_BYTES, text.length - length));
        if (read < 0) {
          return new String(text, 0, length, ISO_8859_1);
        }
        length += read;
        if (length == text.length) {
          text = Arrays.copyOf(text, 2 * length);
        }
      }
    }
  }
}
