package io.loda.agent.source.script;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Sees to it that a run doesn't fill its scratch folder: passes on what it prints, and says that it
 * is too much when the folder holds too much. Looks after a second, then each second or, where a
 * look takes long, so seldom that it costs a twentieth of the time; each ten seconds at the least,
 * as it may only have seemed long: to a machine that stood still. One run, one thread.
 */
final class ScratchWatch implements RunOutput {

  private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long SHARE = 20;

  /** Files and folders; they use the host's inodes, and a look at each takes time. */
  private static final int MOST_FILES = 10_000;

  /** While it looks, a folder of each level is open. */
  private static final int MOST_LEVELS = 32;

  private final Path folder;
  private final long maxBytes;
  private final RunOutput output;
  private final LongSupplier nanos;
  private long due;
  private String problem = "";

  /**
   * A watch that hasn't looked yet.
   *
   * @param output where that goes which the run prints
   */
  ScratchWatch(Path folder, long maxBytes, RunOutput output) {
    this(folder, maxBytes, output, System::nanoTime);
  }

  /** With another clock, in ns. */
  ScratchWatch(Path folder, long maxBytes, RunOutput output, LongSupplier nanos) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.output = output;
    this.nanos = nanos;
    this.due = nanos.getAsLong() + FIRST_NANOS;
  }

  @Override
  public void write(byte[] chunk, int length) throws InterruptedException {
    output.write(chunk, length);
  }

  @Override
  public void look() {
    output.look();
    long start = nanos.getAsLong();
    if (start - due >= 0) {
      measure();
      long end = nanos.getAsLong();
      due = end + Math.min(LONGEST_NANOS, Math.max(FIRST_NANOS, (end - start) * SHARE));
    }
  }

  @Override
  public boolean tooLarge() {
    return !problem.isEmpty() || output.tooLarge();
  }

  @Override
  public long size() {
    return output.size();
  }

  @Override
  public byte[] bytes() {
    return output.bytes();
  }

  /** Looks, and says what the folder holds too much of; empty when it doesn't. */
  String measure() {
    if (problem.isEmpty()) {
      Sum sum = new Sum();
      try {
        Files.walkFileTree(folder, Set.of(), MOST_LEVELS, sum);
      } catch (IOException e) {
        // it is gone; another look is taken
      }
      problem = sum.problem;
    }
    return problem;
  }

  /** Adds up files until they are too many, or too large. */
  private final class Sum extends SimpleFileVisitor<Path> {

    private long bytes;
    private int files;
    private String problem = "";

    @Override
    public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
      return add(attributes);
    }

    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
      if (attributes.isDirectory()) {
        return over("folders in folders, more than " + MOST_LEVELS + " deep");
      }
      return add(attributes);
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException e) {
      // gone meanwhile, or a plugin of the agent's own user hides it: that one could fill any place
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path path, IOException e) {
      return FileVisitResult.CONTINUE;
    }

    private FileVisitResult add(BasicFileAttributes attributes) {
      if (++files > MOST_FILES) {
        return over("more than " + MOST_FILES + " files");
      }
      bytes += attributes.isRegularFile() ? attributes.size() : 0;
      return bytes > maxBytes
          ? over("more than " + maxBytes + " bytes (plugins.max-scratch)")
          : FileVisitResult.CONTINUE;
    }

    private FileVisitResult over(String what) {
      problem = what;
      return FileVisitResult.TERMINATE;
    }
  }
}
