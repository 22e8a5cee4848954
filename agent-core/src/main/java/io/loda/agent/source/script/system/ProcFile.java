package io.loda.agent.source.script.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * Reads small files of {@code /proc} and of control groups. They report no size, and {@code
 * Files.readString} would cost twice as much for the several files that each run needs. Any thread.
 */
public final class ProcFile {

  /** The JDK reads up to this size without allocating memory. */
  private static final int CHUNK_BYTES = 8192;

  private static final ThreadLocal<byte[]> CHUNK =
      ThreadLocal.withInitial(() -> new byte[CHUNK_BYTES]);

  private ProcFile() {}

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

  /**
   * Passes each line of a file that may be large. File names in it may contain anything but
   * newlines.
   *
   * @param more takes a line; returns whether to continue
   * @throws IOException when the file or the process doesn't exist
   */
  public static void forEachLine(Path file, Predicate<String> more) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    StringBuilder line = new StringBuilder();
    try (FileInputStream in = new FileInputStream(file.toString())) {
      for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
        for (int i = 0; i < length; i++) {
          if (chunk[i] != '\n') {
            line.append((char) (chunk[i] & 0xff));
          } else if (more.test(line.toString())) {
            line.setLength(0);
          } else {
            return;
          }
        }
      }
    }
  }
}
