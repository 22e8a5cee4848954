package io.loda.agent.git.child;

import io.loda.agent.git.commit.CommitFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import org.eclipse.jgit.lib.EmptyProgressMonitor;

/**
 * Watches a growing clone, and cancels it at its time-out or size limit. JGit calls it between its
 * steps; the folder is measured at most ten times a second.
 */
final class CheckoutWatch extends EmptyProgressMonitor {

  private static final long LOOK_EVERY_NANOS = Duration.ofMillis(100).toNanos();

  /** Files of git itself. */
  private static final int GIT_FILES = 1_000;

  private final Path folder;
  private final Duration timeout;
  private final long maxBytes;
  private final long startNanos = System.nanoTime();
  private long lookedNanos = startNanos;
  private String reason = "";

  CheckoutWatch(Path folder, Duration timeout, long maxBytes) {
    this.folder = folder;
    this.timeout = timeout;
    this.maxBytes = maxBytes;
  }

  /** Returns why the clone was cancelled; empty: it wasn't. */
  String reason() {
    return reason;
  }

  @Override
  public boolean isCancelled() {
    long now = System.nanoTime();
    if (reason.isEmpty() && now - startNanos > timeout.toNanos()) {
      reason = "took longer than plugins.git-timeout (" + timeout.toSeconds() + " s)";
    } else if (reason.isEmpty() && now - lookedNanos > LOOK_EVERY_NANOS) {
      measure();
      lookedNanos = System.nanoTime();
    }
    return !reason.isEmpty();
  }

  /** Measures the folder. */
  void measure() {
    long[] bytesAndFiles = new long[2];
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              bytesAndFiles[0] += attributes.size();
              bytesAndFiles[1]++;
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              // a temporary file of JGit was deleted
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      return;
    }
    if (bytesAndFiles[0] > maxBytes) {
      reason = TreeLimits.tooLarge(maxBytes);
    } else if (bytesAndFiles[1] > CommitFiles.MAX_FILES + GIT_FILES) {
      reason = TreeLimits.tooMany();
    }
  }
}
