package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/** The file of a unix socket: who may connect is who may write it. Blocks shortly. */
final class UnixSocketFile {

  /** What the kernel takes, with the zero at its end. */
  private static final int LONGEST_BYTES = 107;

  private final Path path;

  UnixSocketFile(Path path) {
    this.path = path;
  }

  Path path() {
    return path;
  }

  /**
   * Makes place for it: what an agent that was killed left there goes.
   *
   * @throws IOException when it can't be; says why, and what to do
   */
  void prepare() throws IOException {
    if (path.toString().getBytes(UTF_8).length > LONGEST_BYTES) {
      throw problem("expected a path of at most " + LONGEST_BYTES + " bytes");
    }
    Files.createDirectories(path.toAbsolutePath().getParent());
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    BasicFileAttributes found =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!found.isOther()) {
      throw problem("something else is there, and stays; remove it or configure another path");
    }
    if (isListenedAt()) {
      throw problem("another process listens there; stop it or configure another path");
    }
    Files.delete(path);
  }

  private boolean isListenedAt() throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(path));
    } catch (ConnectException e) {
      return false;
    }
  }

  /** Lets the owner and the group connect, once it is there. */
  void open() throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
  }

  void remove() throws IOException {
    Files.deleteIfExists(path);
  }

  private IOException problem(String what) {
    return new IOException("http.unix-socket: can't listen at " + path + ": " + what);
  }
}
