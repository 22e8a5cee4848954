package io.loda.agent.git.commit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * A commit in git's format: lines of text with its tree and, if it is signed, the signature.
 *
 * @param tree the id of the tree that it checks out
 * @param signature its text; empty: it isn't signed
 * @param signed the bytes that are signed
 */
public record Commit(String tree, byte[] signature, byte[] signed) {

  private static final Pattern TREE = Pattern.compile("tree [0-9a-f]{40}");
  private static final String SIGNATURE = "gpgsig ";

  /**
   * Parses a commit.
   *
   * @throws IOException when the bytes aren't the commit of this id
   */
  static Commit of(String id, byte[] bytes) throws IOException {
    if (!ObjectHash.of("commit", bytes).equals(id)) {
      throw new IOException("is refused: the data of the commit " + id + " is another commit's");
    }
    String tree = "";
    ByteArrayOutputStream signature = new ByteArrayOutputStream();
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    boolean header = true;
    boolean inSignature = false;
    int lineEnd;
    for (int at = 0; at < bytes.length; at = lineEnd) {
      lineEnd = endOfLine(bytes, at);
      String line = new String(bytes, at, lineEnd - at, ISO_8859_1);
      inSignature = header && (inSignature ? line.startsWith(" ") : line.startsWith(SIGNATURE));
      if (inSignature) {
        if (line.startsWith(SIGNATURE) && signature.size() > 0) {
          throw new IOException("is refused: its commit " + id + " has two signatures");
        }
        signature.writeBytes(line.substring(line.indexOf(' ') + 1).getBytes(ISO_8859_1));
      } else {
        signed.write(bytes, at, lineEnd - at);
        header &= !line.equals("\n");
        tree = at == 0 ? line.stripTrailing() : tree;
      }
    }
    if (!TREE.matcher(tree).matches()) {
      throw new IOException("is refused: its commit " + id + " names no tree");
    }
    return new Commit(
        tree.substring(tree.indexOf(' ') + 1), signature.toByteArray(), signed.toByteArray());
  }

  private static int endOfLine(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i + 1;
      }
    }
    return bytes.length;
  }

  public boolean isSigned() {
    return signature.length > 0;
  }

  public boolean isOpenPgp() {
    return new String(signature, US_ASCII).startsWith("-----BEGIN PGP ");
  }
}
