package io.loda.agent.git.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.files.Opened;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A {@code known_hosts} file of which a child has a copy. Only one line that the child adds is
 * taken over: for the server that the child was sent to, and only if no key of that server was
 * known. So a server that controls the child can't add or replace keys of other servers.
 */
public record KnownHosts(Path original, Path copy) {

  public static final int MAX_BYTES = 4 << 20;

  /** Several children may add lines at once. */
  private static final Object WRITING = new Object();

  /** Returns the warning for a server's key that can't be saved. */
  public static String unseen(String server, Path file) {
    return "the key of "
        + server
        + " is accepted unverified, now and each time, because "
        + file
        + " can't be written: let the agent's user write it, or set plugins.ssh.known-hosts to a "
        + "file that it can write";
  }

  /**
   * Takes over the line that the child added; call it after the child's end.
   *
   * @param servers names of the server that the child was sent to, in the file's form
   * @throws IOException when the file can't be written
   */
  public void takeBack(List<String> servers) throws IOException {
    Optional<KnownHostLine> named = named(servers);
    if (named.isEmpty()) {
      return;
    }
    synchronized (WRITING) {
      List<String> known = lines(original);
      if (servers.stream().noneMatch(server -> isKnown(known, server))) {
        append((named.get() + "\n").getBytes(UTF_8));
      }
    }
  }

  /** Returns the first line of the child's copy about this server. */
  private Optional<KnownHostLine> named(List<String> servers) {
    try {
      return lines(copy).stream()
          .flatMap(line -> KnownHostLine.of(line, servers).stream())
          .findFirst();
    } catch (IOException e) {
      // the child replaced its copy
      return Optional.empty();
    }
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      return new String(SafeFiles.readBytes(file, MAX_BYTES), UTF_8).lines().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static boolean isKnown(List<String> lines, String server) {
    return lines.stream().anyMatch(line -> KnownHostLine.isAbout(line, server));
  }

  private void append(byte[] line) throws IOException {
    try (Opened file = SafeFiles.openRegular(original);
        FileChannel channel = file.append()) {
      byte[] content = file.readAll(MAX_BYTES);
      if (content.length > 0 && content[content.length - 1] != '\n') {
        OwnFiles.writeAll(channel, new byte[] {'\n'});
      }
      OwnFiles.writeAll(channel, line);
    } catch (NoSuchFileException e) {
      OwnFiles.createFolderOf(original);
      try (Opened folder = SafeFiles.openFolder(Objects.requireNonNull(original.getParent()));
          FileChannel channel = folder.create(Objects.requireNonNull(original.getFileName()))) {
        OwnFiles.writeAll(channel, line);
      }
    }
  }
}
