package io.loda.common.files;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * An open file, folder or other path, opened by {@link SafeFiles}. Every method acts on what was
 * opened, even if its path leads elsewhere by now. Must be closed. Any thread, one at a time.
 */
public final class Opened implements Closeable {

  private static final int BUFFER = 64 * 1024;
  private static final FileAttribute<?> ONLY_OURS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path asked;
  private final int descriptor;
  private final List<Step> way;
  private final AtomicBoolean closed = new AtomicBoolean();

  Opened(Path asked, int descriptor, List<Step> way) {
    this.asked = asked;
    this.descriptor = descriptor;
    this.way = List.copyOf(way);
  }

  static Path inProc(int descriptor) {
    return Path.of("/proc/self/fd/" + descriptor);
  }

  /** Returns the path that led here, without links. */
  public Path realPath() {
    return way.get(way.size() - 1).path();
  }

  /** Returns its attributes when it was opened. */
  public FileStat stat() {
    return way.get(way.size() - 1).stat();
  }

  /** Returns what keeps some user of the host from reading it; empty: everybody may read it. */
  public Optional<String> hidden() {
    for (Step step : way.subList(0, way.size() - 1)) {
      if (!step.stat().everybodyMayEnter()) {
        return Optional.of("the folder " + step.path() + " has mode " + step.mode());
      }
    }
    if (!stat().everybodyMayRead()) {
      return Optional.of(realPath() + " has mode " + way.get(way.size() - 1).mode());
    }
    return isKernels()
        ? Optional.of(realPath() + " is the kernel's own, and shows root more than others")
        : Optional.empty();
  }

  private boolean isKernels() {
    try {
      return KernelFileSystems.hasDevice(stat().device());
    } catch (IOException e) {
      // it isn't known, so assume the worst
      return true;
    }
  }

  /** Returns the parts of its path, from {@code /} to the file itself. */
  public List<Step> way() {
    return way;
  }

  /**
   * Opens it for reading; the channel may be used after this is closed. Fails unless it is a
   * regular file. Never waits for another process.
   */
  public FileChannel read() throws IOException {
    if (!stat().isRegular()) {
      throw new FileSystemException(
          asked.toString(), null, "is " + stat().type() + "; expected a regular file");
    }
    // a lease of another process would make this wait; no lease can be taken while it is open
    int readable = Kernel.open(-1, inProc(number()), Kernel.RDONLY | Kernel.NONBLOCK, asked);
    try {
      return FileChannel.open(inProc(readable), READ);
    } finally {
      Kernel.close(readable);
    }
  }

  /** Opens it for appending, otherwise like {@link #read}. */
  public FileChannel append() throws IOException {
    if (!stat().isRegular()) {
      throw new FileSystemException(
          asked.toString(), null, "is " + stat().type() + "; expected a regular file");
    }
    try {
      return FileChannel.open(inProc(number()), APPEND);
    } catch (FileSystemException e) {
      throw Kernel.at(asked, e);
    }
  }

  /** Returns its content; fails if that exceeds {@code maxBytes}. */
  public byte[] readAll(int maxBytes) throws IOException {
    try (FileChannel channel = read()) {
      // files of the kernel report size 0
      byte[] content = new byte[(int) Math.min(maxBytes, stat().size())];
      int length = 0;
      // the JDK copies through a native buffer as large as this one
      ByteBuffer chunk = ByteBuffer.allocate(BUFFER);
      while (channel.read(chunk.clear()) >= 0) {
        int more = chunk.position();
        if (more > maxBytes - length) {
          throw new FileSystemException(
              asked.toString(), null, "is larger than " + maxBytes + " bytes");
        }
        if (length + more > content.length) {
          long next = Math.max(length + more, 2L * content.length);
          content = Arrays.copyOf(content, (int) Math.min(next, maxBytes));
        }
        System.arraycopy(chunk.array(), 0, content, length, more);
        length += more;
      }
      return length == content.length ? content : Arrays.copyOf(content, length);
    }
  }

  /** Like {@link #readAll}, decoded; fails if it isn't UTF-8. */
  public String text(int maxBytes) throws IOException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(readAll(maxBytes)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new FileSystemException(asked.toString(), null, "isn't in UTF-8");
    }
  }

  /** Returns the first {@code maxBytes} of its content. */
  public byte[] head(int maxBytes) throws IOException {
    try (InputStream in = Channels.newInputStream(read())) {
      return in.readNBytes(maxBytes);
    }
  }

  /**
   * Copies it to a new file that only this process's user can read.
   *
   * @return bytes copied; fails if it has more than {@code maxBytes}
   */
  public long copyTo(Path target, long maxBytes) throws IOException {
    try (FileChannel from = read();
        FileChannel to = FileChannel.open(target, Set.of(CREATE_NEW, WRITE), ONLY_OURS)) {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
      long copied = 0;
      while (from.read(buffer) >= 0) {
        buffer.flip();
        copied += buffer.remaining();
        if (copied > maxBytes) {
          throw new FileSystemException(
              asked.toString(), null, "is larger than " + maxBytes + " bytes");
        }
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
      return copied;
    }
  }

  /** Returns the names in this folder, unordered; fails if there are more than {@code most}. */
  public List<Path> names(int most) throws IOException {
    return names(most, name -> true);
  }

  /**
   * Returns the wanted names in this folder; fails if there are more than {@code most} of them.
   * Other names take no memory, as others may make any number of them.
   */
  public List<Path> names(int most, Predicate<Path> wanted) throws IOException {
    List<Path> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = entries()) {
      for (Path entry : entries) {
        Path name = entry.getFileName();
        if (!wanted.test(name)) {
          continue;
        }
        if (names.size() >= most) {
          throw new TooManyException(realPath(), most);
        }
        names.add(name);
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /** A folder has too many names. */
  public static final class TooManyException extends FileSystemException {

    private static final long serialVersionUID = 1L;

    TooManyException(Path folder, int most) {
      super(folder.toString(), null, "has more than " + most + " entries");
    }
  }

  /** Lists this folder; only the names of the entries are valid. Must be closed. */
  @SuppressWarnings("StreamResourceLeak") // the caller's
  public DirectoryStream<Path> entries() throws IOException {
    if (!stat().isFolder()) {
      throw new Kernel.NoFolderException(asked);
    }
    try {
      return Files.newDirectoryStream(inProc(number()));
    } catch (FileSystemException e) {
      throw Kernel.at(asked, e);
    }
  }

  /** Opens a name in this folder; a link itself, not its target. */
  public Opened child(Path name) throws IOException {
    requireName(name);
    Path path = realPath().resolve(name);
    int child = Kernel.open(number(), name, Kernel.PATH | Kernel.NOFOLLOW, path);
    try {
      List<Step> longer = new ArrayList<>(way);
      longer.add(new Step(path, FileStat.of(child)));
      return new Opened(path, child, longer);
    } catch (IOException e) {
      Kernel.close(child);
      throw e;
    }
  }

  /** Returns the target of a link in this folder, without following it. */
  public Path linkTarget(Path name) throws IOException {
    requireName(name);
    try {
      return Files.readSymbolicLink(inProc(number()).resolve(name));
    } catch (NotLinkException e) {
      throw new FileSystemException(
          realPath().resolve(name).toString(), null, "was changed while it was looked at");
    }
  }

  /**
   * Creates a file in this folder that only this process's user can open, for writing and reading;
   * fails if the name exists.
   */
  public FileChannel create(Path name) throws IOException {
    requireName(name);
    try {
      return FileChannel.open(
          inProc(number()).resolve(name), Set.of(CREATE_NEW, READ, WRITE), ONLY_OURS);
    } catch (FileSystemException e) {
      throw Kernel.at(realPath().resolve(name), e);
    }
  }

  /** Deletes a name in this folder, unless it is a folder; a link itself. */
  public void deleteFile(Path name) throws IOException {
    Kernel.deleteFile(number(), name, realPath().resolve(name));
  }

  void deleteFolder(Path name) throws IOException {
    Kernel.deleteFolder(number(), name, realPath().resolve(name));
  }

  /** Renames an entry of this folder, and replaces any entry of the new name. */
  public void rename(Path name, Path newName) throws IOException {
    requireName(name);
    requireName(newName);
    move(name, this, newName);
  }

  /** Forces the names in this folder to disk. */
  public void forceNames() throws IOException {
    if (!stat().isFolder()) {
      throw new Kernel.NoFolderException(asked);
    }
    try (FileChannel channel = FileChannel.open(inProc(number()), READ)) {
      channel.force(true);
    }
  }

  void move(Path name, Opened to, Path newName) throws IOException {
    Kernel.move(number(), name, to.number(), newName, realPath().resolve(name));
  }

  void setPermissions(String permissions) throws IOException {
    Files.setPosixFilePermissions(inProc(number()), PosixFilePermissions.fromString(permissions));
  }

  private static void requireName(Path name) {
    String text = name.toString();
    if (name.isAbsolute()
        || name.getNameCount() != 1
        || text.isEmpty()
        || text.equals(".")
        || text.equals("..")) {
      throw new IllegalArgumentException("expected a name in a folder, found " + name);
    }
  }

  private int number() throws IOException {
    if (closed.get()) {
      throw new IOException(asked + ": closed");
    }
    return descriptor;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      Kernel.close(descriptor);
    }
  }

  @Override
  public String toString() {
    return realPath().toString();
  }
}
