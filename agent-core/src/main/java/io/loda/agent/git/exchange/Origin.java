package io.loda.agent.git.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.config.Secrets;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Saves which repository a checkout is of, so that a repository isn't confused with an earlier one
 * of the same name. Has a digest of the address without its password, which may change.
 */
public final class Origin {

  private static final String NOBODY = "-";
  private static final int MOST_BYTES = 1024;

  private Origin() {}

  /** Returns false if the checkout is known to be of another repository. */
  public static boolean mayBe(Path file, String address, String ref) throws IOException {
    return !Files.exists(file)
        || read(file).equals(digest(Secrets.hidden(address)))
        || earlierRef(file, address, ref) != null;
  }

  /**
   * Returns the reference of a version that an older agent fetched: that agent saved a digest of
   * the whole address and the reference, or nothing.
   *
   * @param ref that is requested now
   * @return null: unknown
   */
  public static @Nullable String earlierRef(Path file, String address, String ref)
      throws IOException {
    String found = Files.exists(file) ? read(file) : digest(address);
    if (found.equals(digest(address))) {
      return "";
    }
    return !ref.isEmpty() && found.equals(digest(address + "\n" + ref)) ? ref : null;
  }

  public static void write(Path file, String address) throws IOException {
    put(file, digest(Secrets.hidden(address)));
  }

  /** Deletes the file: until the next write the checkout's repository is unknown. */
  public static void forget(Path file) throws IOException {
    put(file, NOBODY);
  }

  private static String read(Path file) throws IOException {
    return SafeFiles.readString(file, MOST_BYTES).strip();
  }

  private static void put(Path file, String text) throws IOException {
    OwnFiles.replace(file, text + "\n");
  }

  private static String digest(String address) {
    return digest(address.getBytes(UTF_8));
  }

  public static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
