package io.loda.agent.delivery;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * A file system that passes everything on to the real one, and asks a test before: it may throw
 * what a broken disk does, or do what other threads would meanwhile. Nothing is forced to the disk.
 */
public final class HookedFiles extends FileSystemProvider {

  /** Told of each call before it happens. */
  public interface Hook {
    /**
     * A call.
     *
     * @param call open, read, write, force, truncate, list, move, delete, folder or store
     */
    void before(String call, Path real) throws IOException;
  }

  /** A hook's way to let a write fail after a part of it. */
  public static final class TornException extends IOException {
    private static final long serialVersionUID = 1L;

    final int percent;

    public TornException(int percent) {
      super("torn");
      this.percent = percent;
    }
  }

  private final HookedFileSystem system = new HookedFileSystem(this);
  private Hook hook = (call, real) -> {};

  /** The same place in this file system. */
  public Path path(Path real) {
    return new HookedPath(system, real);
  }

  public void hook(Hook asked) {
    hook = asked;
  }

  void ask(String call, Path real) throws IOException {
    hook.before(call, real);
  }

  static Path real(Path path) {
    return path instanceof HookedPath hooked ? hooked.real() : path;
  }

  private static FileSystemProvider provider(Path path) {
    return real(path).getFileSystem().provider();
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attrs) throws IOException {
    ask("open", real(path));
    return new HookedChannel(
        this, real(path), provider(path).newFileChannel(real(path), options, attrs));
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attrs) throws IOException {
    ask("open", real(path));
    return provider(path).newByteChannel(real(path), options, attrs);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path dir, DirectoryStream.Filter<? super Path> filter) throws IOException {
    ask("list", real(dir));
    DirectoryStream<Path> real =
        provider(dir).newDirectoryStream(real(dir), entry -> filter.accept(path(entry)));
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        Iterator<Path> entries = real.iterator();
        return new Iterator<>() {
          @Override
          public boolean hasNext() {
            return entries.hasNext();
          }

          @Override
          public Path next() {
            return path(entries.next());
          }
        };
      }

      @Override
      public void close() throws IOException {
        real.close();
      }
    };
  }

  @Override
  public void createDirectory(Path dir, FileAttribute<?>... attrs) throws IOException {
    ask("folder", real(dir));
    provider(dir).createDirectory(real(dir), attrs);
  }

  @Override
  public void delete(Path path) throws IOException {
    ask("delete", real(path));
    provider(path).delete(real(path));
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    ask("move", real(source));
    provider(source).move(real(source), real(target), options);
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return provider(path).isSameFile(real(path), real(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return provider(path).isHidden(real(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    ask("store", real(path));
    return provider(path).getFileStore(real(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    provider(path).checkAccess(real(path), modes);
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return provider(path).getFileAttributeView(real(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return provider(path).readAttributes(real(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    return provider(path).readAttributes(real(path), attributes, options);
  }

  @Override
  public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
      throws IOException {
    provider(path).setAttribute(real(path), attribute, value, options);
  }

  @Override
  public String getScheme() {
    return "hooked";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return system;
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }
}
