package io.loda.agent.git.commit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Computes git's object ids without git. */
final class ObjectHash {

  private static final int CHUNK_BYTES = 64 * 1024;

  private ObjectHash() {}

  /** Returns the id of an object in memory, as 40 digits. */
  static String of(String type, byte[] content) {
    return HexFormat.of().formatHex(bytesOf(type, content));
  }

  /** Returns the id of an object in memory, as 20 bytes. */
  static byte[] bytesOf(String type, byte[] content) {
    MessageDigest digest = begin(type, content.length);
    return digest.digest(content);
  }

  /** Returns the id of a file with {@code size} bytes; fails if it has another size. */
  static byte[] ofFile(ReadableByteChannel file, long size) throws IOException {
    MessageDigest digest = begin("blob", size);
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    long read = 0;
    while (file.read(chunk) >= 0) {
      read += chunk.position();
      digest.update(chunk.flip());
      chunk.clear();
    }
    if (read != size) {
      throw new IOException("a file was changed while it was read");
    }
    return digest.digest();
  }

  private static MessageDigest begin(String type, long size) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update((type + " " + size + "\0").getBytes(US_ASCII));
      return digest;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
