package io.loda.agent.git;

import io.loda.agent.git.commit.CommitFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The versions of a plugin on disk. Methods that throw {@link IOException} block.
 *
 * <p>{@code <ns>/<project>} is a link that one {@code rename} switches: a run sees one whole
 * version, and a failed fetch changes nothing. A version is no git repository, because root would
 * have to trust what a child wrote there, and {@code git status} runs what a repository's
 * configuration says. The commit itself stays in it: with a new keyring its signature is verified
 * again without a server, and the version goes on running until then.
 *
 * @param folder of the namespace
 */
public record Checkout(Path folder, String project) {

  /**
   * The name of a file in a version: it has a digest of the keyring that verified its signature.
   */
  public static final String SIGNED = ".git/agent-signed";

  private static final int MOST_SIGNED_BYTES = 1024;

  private static final int VERSIONS_KEPT = 3;

  /** The prefix of names that aren't versions. */
  private static final String HIDDEN = ".";

  private static final String REPLACED = ".replaced";

  /** Returns the plugin's key: {@code ns|project}. */
  String key() {
    return folder.getFileName() + "|" + project;
  }

  /** Returns the link to the version in force. */
  Path link() {
    return folder.resolve(project);
  }

  Path versions() {
    return folder.resolve(".versions").resolve(project);
  }

  Path version(String commit) {
    return versions().resolve(commit);
  }

  Path unfinished() {
    return versions().resolve(".unfinished");
  }

  Path origin() {
    return folder.resolve(".versions").resolve(project + ".origin");
  }

  Path rolloutFile() {
    return folder.resolve(".versions").resolve(project + ".trial");
  }

  /** Returns the commit in force; empty if there is none, or only an older agent's checkout. */
  String current() {
    try {
      Path target = Files.readSymbolicLink(link()).getFileName();
      return target != null && Files.isDirectory(link()) ? target.toString() : "";
    } catch (IOException e) {
      return "";
    }
  }

  /** Returns the commits that are complete on disk. */
  List<String> commits() throws IOException {
    return all().stream().map(version -> version.getFileName().toString()).toList();
  }

  /** Returns whether these keys verified its signature. */
  boolean signed(String commit, String keys) throws IOException {
    Path signed = version(commit).resolve(SIGNED);
    return !keys.isEmpty()
        && Files.exists(signed)
        && SafeFiles.readString(signed, MOST_SIGNED_BYTES).equals(keys);
  }

  private List<Path> all() throws IOException {
    if (!Files.isDirectory(versions())) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(versions())) {
      return all.filter(version -> !version.getFileName().toString().startsWith(HIDDEN)).toList();
    }
  }

  /** Turns a verified clone into a version. */
  void finish(String commit) throws IOException {
    Path version = version(commit);
    if (!Files.isDirectory(version)) {
      Files.move(unfinished(), version, StandardCopyOption.ATOMIC_MOVE);
    } else if (new CommitFiles(version).areKnown()) {
      // the files are the same, and a run may use them
      if (Files.exists(unfinished().resolve(SIGNED))) {
        Files.move(
            unfinished().resolve(SIGNED), version.resolve(SIGNED), StandardCopyOption.ATOMIC_MOVE);
      }
      SafeFiles.deleteTree(unfinished());
    } else {
      // an older agent's files weren't verified
      Path before = versions().resolve(REPLACED);
      SafeFiles.deleteTree(before);
      Files.move(version, before, StandardCopyOption.ATOMIC_MOVE);
      Files.move(unfinished(), version, StandardCopyOption.ATOMIC_MOVE);
      SafeFiles.deleteTree(before);
    }
  }

  /** Switches to another version atomically. */
  void switchTo(String commit) throws IOException {
    Path next = folder.resolve("." + project + ".next");
    Files.deleteIfExists(next);
    Files.createSymbolicLink(next, folder.relativize(version(commit)));
    if (Files.isDirectory(link(), LinkOption.NOFOLLOW_LINKS)) {
      // keep the older agent's checkout as a version, which is the first to be deleted
      Path before = version("before");
      SafeFiles.deleteTree(before);
      Files.setLastModifiedTime(link(), FileTime.fromMillis(0));
      Files.move(link(), before, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.setLastModifiedTime(version(commit), FileTime.from(Instant.now()));
    Files.move(next, link(), StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Deletes old versions; keeps the one in force, the one to roll back to, and the newest of the
   * others.
   *
   * @param inUse is kept too: a run may use it
   */
  void removeOld(String current, String before, String inUse) throws IOException {
    List<Path> others =
        all().stream()
            .filter(version -> !version.equals(version(current)))
            .sorted(
                Comparator.comparing((Path version) -> version.equals(version(before)))
                    .thenComparing(version -> version.toFile().lastModified()))
            .toList();
    for (int i = 0; i <= others.size() - VERSIONS_KEPT; i++) {
      if (!others.get(i).equals(version(inUse))) {
        SafeFiles.deleteTree(others.get(i));
      }
    }
  }

  /** Deletes the checkout with all versions. */
  void delete() throws IOException {
    if (Files.isSymbolicLink(link())) {
      Files.delete(link());
    } else {
      SafeFiles.deleteTree(link());
    }
    SafeFiles.deleteTree(versions());
    Files.deleteIfExists(origin());
    Files.deleteIfExists(rolloutFile());
  }
}
