package io.loda.common.http;

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
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.regex.Pattern;

/** The file of a unix socket: whoever may write it may connect. Blocks shortly. */
public final class UnixSocketFile {

  /** The longest path that the kernel accepts; one more byte ends it. */
  private static final int LONGEST_BYTES = 107;

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  private final String key;
  private final Path path;
  private final SocketAccess access;

  /**
   * Describes a file that may not exist yet.
   *
   * @param key of the configuration, for errors
   */
  public UnixSocketFile(String key, Path path, SocketAccess access) {
    this.key = key;
    this.path = path;
    this.access = access;
  }

  public Path path() {
    return path;
  }

  /**
   * Removes the file that a killed agent left.
   *
   * @throws IOException if that fails; says why, and what to do
   */
  public void prepare() throws IOException {
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
      throw problem("something else than a socket is there; remove it or configure another path");
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

  /**
   * Sets who may connect, once the file exists; before that only its owner may.
   *
   * @throws IOException if there is no such group, or the file can't be given to it
   */
  public void open() throws IOException {
    if (!access.group().isEmpty()) {
      try {
        giveToGroup(access.group());
      } catch (IOException e) {
        throw new IOException(
            key
                + "-group: expected a group of this host that the agent may use, found \""
                + access.group()
                + "\": "
                + e,
            e);
      }
    }
    Files.setAttribute(path, "unix:mode", access.mode());
  }

  private void giveToGroup(String group) throws IOException {
    if (NUMBER.matcher(group).matches()) {
      Files.setAttribute(path, "unix:gid", Integer.parseInt(group), LinkOption.NOFOLLOW_LINKS);
      return;
    }
    Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .setGroup(
            path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group));
  }

  public void remove() throws IOException {
    Files.deleteIfExists(path);
  }

  private IOException problem(String what) {
    return new IOException(key + ": can't listen at " + path + ": " + what);
  }
}
