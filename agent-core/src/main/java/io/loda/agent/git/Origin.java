package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Which repository a checkout is of: two of one name may follow each other, and the second's plugin
 * must not be the first's. Kept as a digest, because an address may hold a password.
 */
final class Origin {

  private Origin() {}

  /** False when the checkout is known to be of another repository. */
  static boolean mayBe(Path file, String address) throws IOException {
    // an older agent's checkout has none
    return !Files.exists(file) || Files.readString(file).strip().equals(digest(address));
  }

  static void write(Path file, String address) throws IOException {
    Files.writeString(file, digest(address) + "\n");
  }

  private static String digest(String address) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(address.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
