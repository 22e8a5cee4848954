package io.loda.agent.builtin.kit;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A text file that the kernel makes when it is read, below {@code /proc} or {@code /sys}.
 *
 * <p>It reports no size, so it is read to its end into a reused buffer, up to a bound: a process
 * chooses what its files contain, and a pid may be reused. One thread; the result of {@link #read}
 * is valid until the next call.
 */
public final class KernelText {

  /** Enough for some hundred thousand mounts. */
  private static final int MOST_BYTES = 16 << 20;

  private final Path path;
  private final boolean colonSeparates;
  private byte[] buffer = new byte[2048];

  private KernelText(Path path, boolean colonSeparates) {
    this.path = path;
    this.colonSeparates = colonSeparates;
  }

  /** Creates the text of a file with columns separated by blanks. */
  public static KernelText columns(Path path) {
    return new KernelText(path, false);
  }

  /**
   * Creates the text of a file with lines {@code key: value}, in which the blank may be missing.
   */
  public static KernelText keyed(Path path) {
    return new KernelText(path, true);
  }

  /**
   * Reads the file.
   *
   * @throws IOException when it can't be read or is too large; names the file and the reason
   */
  public TextCursor read() throws IOException {
    int length = 0;
    try (FileInputStream in = new FileInputStream(path.toFile())) {
      for (int n; (n = in.read(buffer, length, buffer.length - length)) > 0; ) {
        length += n;
        if (length >= MOST_BYTES) {
          throw new IOException("it has more than " + MOST_BYTES + " bytes");
        }
        if (length == buffer.length) {
          buffer = Arrays.copyOf(buffer, 2 * buffer.length);
        }
      }
    } catch (IOException e) {
      throw new IOException("can't read " + path + ": " + e.getMessage(), e);
    }
    return new TextCursor(buffer, length, colonSeparates);
  }

  /** Returns the first {@code mostBytes} of a file. */
  public static byte[] head(Path path, int mostBytes) throws IOException {
    try (FileInputStream in = new FileInputStream(path.toFile())) {
      return in.readNBytes(mostBytes);
    }
  }
}
