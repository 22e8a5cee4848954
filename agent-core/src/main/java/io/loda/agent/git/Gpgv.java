package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.files.SafeFiles;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jgit.lib.GpgConfig;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.SignatureVerifier;

/** OpenPGP signatures by the host's gpgv, which knows one keyring and nothing else. Blocks. */
final class Gpgv implements SignatureVerifier {

  static final int MAX_KEYRING_BYTES = 16 << 20;

  private static final int SECONDS = 20;
  private static final Pattern ARMOR =
      Pattern.compile("-----BEGIN PGP PUBLIC KEY BLOCK-----(.*?)-----END PGP", Pattern.DOTALL);
  private static final Pattern STATUS =
      Pattern.compile("^\\[GNUPG:] ([A-Z_]+) (\\S+)", Pattern.MULTILINE);

  private final Path keyring;
  private final Path scratch;

  /**
   * A verifier.
   *
   * @param keyring public keys as {@code gpg --export} writes them, with {@code --armor} or without
   * @param scratch a folder for its files, made when it is needed
   */
  Gpgv(Path keyring, Path scratch) {
    this.keyring = keyring;
    this.scratch = scratch;
  }

  @Override
  public SignatureVerification verify(
      Repository repository, GpgConfig config, byte[] data, byte[] signature) throws IOException {
    Files.createDirectories(scratch);
    Path keys = Files.write(scratch.resolve("keys.gpg"), keys());
    Path signed = Files.write(scratch.resolve("data"), data);
    Path sig = Files.write(scratch.resolve("data.sig"), signature);
    File out = scratch.resolve("out").toFile();
    int exit = run(keys, sig, signed, out);
    String said = Files.readString(out.toPath());
    String fingerprint = status(said, "VALIDSIG").orElse("");
    boolean good =
        exit == 0
            && !fingerprint.isEmpty()
            && status(said, "GOODSIG").isPresent()
            && status(said, "BADSIG").isEmpty();
    return new SignatureVerification(
        getName(),
        null,
        "",
        fingerprint,
        "",
        good,
        false,
        TrustLevel.UNKNOWN,
        good ? "" : why(said));
  }

  private byte[] keys() throws IOException {
    byte[] bytes;
    try {
      bytes = SafeFiles.readBytes(keyring, MAX_KEYRING_BYTES);
    } catch (IOException e) {
      throw new IOException(
          "isn't taken: plugins.keyring "
              + keyring
              + " can't be read: "
              + (e instanceof NoSuchFileException
                  ? "there is no such file; gpg --export > FILE makes one"
                  : e.getMessage()),
          e);
    }
    Matcher armor = ARMOR.matcher(new String(bytes, UTF_8));
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    while (armor.find()) {
      // after its headers and an empty line; the line with = is a checksum
      String body = armor.group(1).replace("\r", "").replaceFirst("(?s)^.*?\n\n", "");
      plain.writeBytes(Base64.getMimeDecoder().decode(body.replaceAll("(?m)^=.*$", "")));
    }
    return plain.size() > 0 ? plain.toByteArray() : bytes;
  }

  private int run(Path keys, Path signature, Path data, File out) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                "gpgv",
                "--status-fd",
                "1",
                "--homedir",
                scratch.toString(),
                "--keyring",
                keys.toString(),
                signature.toString(),
                data.toString())
            .redirectOutput(out)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new IOException(
          "isn't taken: plugins.verify = signed needs the program gpgv; on Debian or Ubuntu:"
              + " apt-get install gpgv",
          e);
    }
    try {
      process.getOutputStream().close();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("isn't taken: gpgv took longer than " + SECONDS + " s");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("isn't taken: gpgv was interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private String why(String said) {
    for (String[] reason :
        List.of(
            new String[] {"NO_PUBKEY", "is signed by the key %s, which isn't in plugins.keyring "},
            new String[] {"BADSIG", "was changed after the key %s signed it; plugins.keyring is "},
            new String[] {"EXPSIG", "has a signature of %s that expired; plugins.keyring is "},
            new String[] {"EXPKEYSIG", "is signed by the key %s, which expired, in "},
            new String[] {"REVKEYSIG", "is signed by the key %s, which was revoked, in "})) {
      Optional<String> key = status(said, reason[0]);
      if (key.isPresent()) {
        return String.format(reason[1], key.get()) + keyring;
      }
    }
    return "has a signature that gpgv can't judge; plugins.keyring is " + keyring;
  }

  private static Optional<String> status(String said, String name) {
    return STATUS
        .matcher(said)
        .results()
        .filter(line -> line.group(1).equals(name))
        .map(line -> line.group(2))
        .findFirst();
  }

  @Override
  public String getName() {
    return "gpgv";
  }

  @Override
  public void clear() {
    // it keeps nothing
  }
}
