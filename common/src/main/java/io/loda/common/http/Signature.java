package io.loda.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs bodies with a shared key: {@code HashSHA256} is the hexadecimal HMAC-SHA256 of the bytes on
 * the wire, so after compression. Any thread.
 */
public final class Signature {

  /** The header of requests and answers. */
  public static final String HEADER = "HashSHA256";

  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  /**
   * Creates a signature with a key.
   *
   * @param key not empty
   */
  public Signature(String key) {
    this.key = new SecretKeySpec(key.getBytes(UTF_8), ALGORITHM);
  }

  /** Returns the signature of the first {@code length} bytes, in lower case. */
  public String of(byte[] bytes, int length) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(bytes, 0, length);
      return HexFormat.of().formatHex(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }

  /** Returns whether a signature is valid for these bytes, in constant time. */
  public boolean fits(String signature, byte[] bytes, int length) {
    return MessageDigest.isEqual(
        signature.toLowerCase(Locale.ROOT).getBytes(ISO_8859_1),
        of(bytes, length).getBytes(ISO_8859_1));
  }
}
