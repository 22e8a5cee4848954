package io.loda.agent.source.script.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads small files of {@code /proc} and of control groups. They report no size, and {@code
 * Files.readString} would cost twice as much for the several that each run needs. Any thread.
 */
public final class KernelFile {

  /** The JDK reads up to this size without allocating memory. */
  private static final int CHUNK_BYTES = 8192;

  private static final ThreadLocal<byte[]> CHUNK =
      ThreadLocal.withInitial(() -> new byte[CHUNK_BYTES]);

  private KernelFile() {}

  /**
   * Reads a file, one character for each byte.
   *
   * @throws IOException when the file or the process doesn't exist
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
