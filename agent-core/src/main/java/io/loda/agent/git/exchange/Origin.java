package io.loda.agent.git.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Which repository a checkout is of: two of one name may follow each other, and the second's plugin
 * must not be the first's. Kept as a digest of the address without its password, which may change
 * while the repository stays.
 */
public final class Origin {

  private static final String NOBODY = "-";

  private Origin() {}

  /** False when the checkout is known to be of another repository. */
  public static boolean mayBe(Path file, String address, String ref) throws IOException {
    return !Files.exists(file)
        || read(file).equals(digest(Addresses.withoutSecrets(address)))
        || earlierRef(file, address, ref) != null;
  }

  /**
   * The reference that a version came by, where an earlier agent brought it: it kept a digest of
   * the whole address and the reference, and one before it nothing.
   *
   * @param ref that is asked for now
   * @return null where that can't be known
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
    put(file, digest(Addresses.withoutSecrets(address)));
  }

  /** Until it is written again, the checkout is nobody's. */
  public static void forget(Path file) throws IOException {
    put(file, NOBODY);
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file).strip();
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
