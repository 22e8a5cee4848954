package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.files.OwnFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Which repository a checkout is of, and which of its references: two of one name may follow each
 * other, and the second's plugin must not be the first's. Kept as a digest, because an address may
 * hold a password.
 */
final class Origin {

  private Origin() {}

  /** False when the checkout is known to be of another repository or reference. */
  static boolean mayBe(Path file, String address, String ref) throws IOException {
    // an older agent's checkout has none, and was of no reference
    return Files.exists(file)
        ? Files.readString(file).strip().equals(digest(address, ref))
        : ref.isEmpty();
  }

  static void write(Path file, String address, String ref) throws IOException {
    OwnFiles.write(file, (digest(address, ref) + "\n").getBytes(UTF_8));
  }

  private static String digest(String address, String ref) {
    return digest((ref.isEmpty() ? address : address + "\n" + ref).getBytes(UTF_8));
  }

  static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
