package io.loda.agent.delivery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An open file of {@link HookedFiles}. */
final class HookedChannel extends FileChannel {

  private final HookedFiles files;
  private final Path file;
  private final FileChannel real;

  HookedChannel(HookedFiles files, Path file, FileChannel real) {
    this.files = files;
    this.file = file;
    this.real = real;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    files.ask("read", file);
    return real.read(target);
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    files.ask("read", file);
    return real.read(targets, offset, length);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    files.ask("read", file);
    return real.read(target, position);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    files.ask("write", file);
    return real.write(source);
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    files.ask("write", file);
    return real.write(sources, offset, length);
  }

  /** Of a write that fails a part may be on the disk. */
  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    try {
      files.ask("write", file);
    } catch (HookedFiles.TornException e) {
      int part = source.remaining() * e.percent / 100;
      real.write(source.duplicate().limit(source.position() + part), position);
      throw e;
    }
    return real.write(source, position);
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long newPosition) throws IOException {
    real.position(newPosition);
    return this;
  }

  @Override
  public long size() throws IOException {
    return real.size();
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    files.ask("truncate", file);
    real.truncate(size);
    return this;
  }

  /** As if it were: what isn't tested here is the disk. */
  @Override
  public void force(boolean metaData) throws IOException {
    files.ask("force", file);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return real.lock(position, size, shared);
  }

  @Override
  public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return real.tryLock(position, size, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    real.close();
  }
}
