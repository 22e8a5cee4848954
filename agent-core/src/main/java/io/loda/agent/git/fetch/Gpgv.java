package io.loda.agent.git.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.git.exchange.GitSettings;
import io.loda.common.files.SafeFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Verifies OpenPGP signatures by the host's gpgv, with one keyring only. Blocks.
 *
 * <p>JGit's Bouncy Castle would add 8 MB, half of the agent's size, for a key that most hosts don't
 * set; {@code gpgv} is on every Debian and Ubuntu. What was signed is the commit without the lines
 * of its signature.
 */
public final class Gpgv {

  private static final int SECONDS = 20;

  /** The exit code of setpriv for a missing program. */
  private static final int NOT_FOUND = 127;

  private static final Pattern ARMOR =
      Pattern.compile("-----BEGIN PGP PUBLIC KEY BLOCK-----(.*?)-----END PGP", Pattern.DOTALL);
  private static final Pattern STATUS =
      Pattern.compile("^\\[GNUPG:] ([A-Z_]+) (\\S+)", Pattern.MULTILINE);

  private final Path keyring;
  private final Workplaces workplaces;

  /**
   * Creates a verifier.
   *
   * @param keyring public keys as {@code gpg --export} writes them, with {@code --armor} or without
   * @param workplaces where gpgv runs, as a signature is untrusted data
   */
  public Gpgv(Path keyring, Workplaces workplaces) {
    this.keyring = keyring;
    this.workplaces = workplaces;
  }

  /** Returns why a signature isn't good, as the end of a sentence; empty: it is good. */
  public String problem(byte[] data, byte[] signature) throws IOException {
    byte[] keys = keys();
    try (Workplace place = workplaces.open()) {
      Path keyFile = place.write("keys.gpg", keys);
      Path signed = place.write("data", data);
      Path sig = place.write("data.sig", signature);
      Path out = place.output("out");
      int exit = run(place, keyFile, sig, signed, out);
      String said = Workplace.text(out);
      boolean good =
          exit == 0
              && status(said, "VALIDSIG").isPresent()
              && status(said, "GOODSIG").isPresent()
              && status(said, "BADSIG").isEmpty();
      return good ? "" : why(said);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("is refused: gpgv was interrupted", e);
    }
  }

  private byte[] keys() throws IOException {
    byte[] bytes;
    try {
      bytes = SafeFiles.readBytes(keyring, GitSettings.MAX_KEYRING_BYTES);
    } catch (IOException e) {
      throw new IOException(
          "is refused: plugins.keyring "
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
      // the keys follow the headers and an empty line; the line with = is a checksum
      String body = armor.group(1).replace("\r", "").replaceFirst("(?s)^.*?\n\n", "");
      plain.writeBytes(Base64.getMimeDecoder().decode(body.replaceAll("(?m)^=.*$", "")));
    }
    return plain.size() > 0 ? plain.toByteArray() : bytes;
  }

  private static int run(Workplace place, Path keys, Path signature, Path data, Path out)
      throws IOException, InterruptedException {
    List<String> gpgv =
        List.of(
            "gpgv",
            "--status-fd",
            "1",
            "--homedir",
            place.folder().toString(),
            "--keyring",
            keys.toString(),
            signature.toString(),
            data.toString());
    ProcessBuilder builder =
        new ProcessBuilder(place.command(gpgv))
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(FetchProcess.ENVIRONMENT);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw noGpgv(e);
    }
    try {
      process.getOutputStream().close();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("is refused: gpgv took longer than " + SECONDS + " s");
      }
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() == NOT_FOUND) {
      throw noGpgv(null);
    }
    return process.exitValue();
  }

  private static IOException noGpgv(@Nullable IOException cause) {
    return new IOException(
        "is refused: plugins.verify = signed needs the program gpgv; on Debian or Ubuntu:"
            + " apt-get install gpgv",
        cause);
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
}
