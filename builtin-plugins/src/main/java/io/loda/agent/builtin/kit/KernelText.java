package io.loda.agent.builtin.kit;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A text file that the kernel makes while it is read, below {@code /proc} or {@code /sys}.
 *
 * <p>It has no size that could be asked for, so it is read to its end into a buffer that is kept,
 * or to a bound: what it says of a process is that one's to choose, and whose file it is can
 * change. For one thread at a time; what {@link #read} gave is valid until the next call.
 */
public final class KernelText {

  /** Some hundred thousand mounts. */
  private static final int MOST_BYTES = 16 << 20;

  private final Path path;
  private final boolean colonSeparates;
  private byte[] buffer = new byte[2048];

  private KernelText(Path path, boolean colonSeparates) {
    this.path = path;
    this.colonSeparates = colonSeparates;
  }

  /** A file of columns with blanks between. */
  public static KernelText columns(Path path) {
    return new KernelText(path, false);
  }

  /** A file whose lines begin with {@code key:}, where a blank behind the colon may be missing. */
  public static KernelText keyed(Path path) {
    return new KernelText(path, true);
  }

  /**
   * Reads the file.
   *
   * @throws IOException when it can't be read, or is too large; says which file and why
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

  /** How a file begins; all of one that has no more bytes than these. */
  public static byte[] head(Path path, int mostBytes) throws IOException {
    try (FileInputStream in = new FileInputStream(path.toFile())) {
      return in.readNBytes(mostBytes);
    }
  }
}
