package io.loda.agent.git;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Keys that gpg makes, called {@code ours} and {@code theirs}, and commits that git signs. */
public final class SigningKeys {

  /** What is exported. */
  public final Path keyring;

  private final Path folder;
  private final TestRepository repository;

  /** Makes the keys; the keyring holds {@code ours}. */
  public SigningKeys(Path folder, TestRepository repository) throws Exception {
    this.folder = folder;
    this.keyring = folder.resolve("keys");
    this.repository = repository;
    Files.createDirectory(
        folder.resolve("g"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    for (String name : List.of("ours", "theirs")) {
      run("gpg", "--batch", "--passphrase", "", "--quick-gen-key", name, "ed25519", "sign", "0");
    }
    export("ours");
  }

  /** Makes the keyring hold these keys, and no others. */
  public void export(String... names) throws Exception {
    Files.deleteIfExists(keyring);
    List<String> export =
        new ArrayList<>(List.of("gpg", "--output", keyring.toString(), "--export"));
    export.addAll(List.of(names));
    run(export.toArray(String[]::new));
  }

  /** Commits with git, which knows how to have gpg sign; returns the commit. */
  public String push(String content, String signing) throws Exception {
    Path program = repository.work.resolve("plugin.sh");
    Files.writeString(program, content);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    git("add", "-A");
    git("commit", "-q", "-m", content, signing);
    git("push", "-q", "--force", "origin", "HEAD:refs/heads/release");
    return git("rev-parse", "HEAD");
  }

  String git(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("git", "-C", repository.work.toString()));
    for (String setting : List.of("user.name=test", "user.email=test@example.com")) {
      command.addAll(List.of("-c", setting));
    }
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  String run(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("GNUPGHOME", folder.resolve("g").toString());
    builder.environment().put("HOME", folder.toString());
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + Files.readString(err));
    }
    return Files.readString(out).strip();
  }

  /** Ends gpg's agent. */
  public void end() throws Exception {
    run("gpgconf", "--kill", "all");
  }
}
