package io.loda.agent.delivery;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import org.jspecify.annotations.Nullable;

/** A path of {@link HookedFiles}. */
record HookedPath(HookedFileSystem system, Path real) implements Path {

  private Path hooked(Path other) {
    return new HookedPath(system, other);
  }

  private @Nullable Path hookedOrNull(@Nullable Path other) {
    return other == null ? null : hooked(other);
  }

  @Override
  public FileSystem getFileSystem() {
    return system;
  }

  @Override
  public boolean isAbsolute() {
    return real.isAbsolute();
  }

  @Override
  public @Nullable Path getRoot() {
    return hookedOrNull(real.getRoot());
  }

  @Override
  public @Nullable Path getFileName() {
    return hookedOrNull(real.getFileName());
  }

  @Override
  public @Nullable Path getParent() {
    return hookedOrNull(real.getParent());
  }

  @Override
  public int getNameCount() {
    return real.getNameCount();
  }

  @Override
  public Path getName(int index) {
    return hooked(real.getName(index));
  }

  @Override
  public Path subpath(int beginIndex, int endIndex) {
    return hooked(real.subpath(beginIndex, endIndex));
  }

  @Override
  public boolean startsWith(Path other) {
    return real.startsWith(HookedFiles.real(other));
  }

  @Override
  public boolean endsWith(Path other) {
    return real.endsWith(HookedFiles.real(other));
  }

  @Override
  public Path normalize() {
    return hooked(real.normalize());
  }

  @Override
  public Path resolve(Path other) {
    return hooked(real.resolve(HookedFiles.real(other)));
  }

  @Override
  public Path relativize(Path other) {
    return hooked(real.relativize(HookedFiles.real(other)));
  }

  @Override
  public URI toUri() {
    return real.toUri();
  }

  @Override
  public Path toAbsolutePath() {
    return hooked(real.toAbsolutePath());
  }

  @Override
  public Path toRealPath(LinkOption... options) throws IOException {
    return hooked(real.toRealPath(options));
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int compareTo(Path other) {
    return real.compareTo(HookedFiles.real(other));
  }

  @Override
  public String toString() {
    return real.toString();
  }
}
