package io.loda.common.files;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Deletes all that is in a folder, in rounds: files at once; subfolders' folders are first moved up
 * into the top, so that any depth takes at most three descriptors. Deletes only names in opened
 * folders: if somebody swaps a folder for a link, only the link is deleted.
 */
final class TreeDeletion {

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Opened top;
  private long left;
  private final long most;
  private long deleted;
  private @Nullable IOException first;

  TreeDeletion(Opened top, long most) {
    this.top = top;
    this.most = most;
  }

  /** Deletes until nothing is left, or a round deletes nothing. */
  Deleted run() throws IOException {
    long before;
    do {
      before = deleted;
      left = 0;
      first = null;
      round();
    } while (left > 0 && deleted > before && deleted < most);
    return new Deleted(deleted, left, first);
  }

  private void round() throws IOException {
    try (DirectoryStream<Path> entries = top.entries()) {
      for (Path entry : entries) {
        if (deleted >= most) {
          failed(
              new FileSystemException(top.toString(), null, "has more than " + most + " entries"));
          return;
        }
        one(entry.getFileName());
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void one(Path name) {
    try (Opened child = top.child(name)) {
      if (!child.stat().isFolder()) {
        top.deleteFile(name);
      } else if (child.stat().device() != top.stat().device()) {
        throw new FileSystemException(child.toString(), null, "is another file system");
      } else {
        empty(child);
        top.deleteFolder(name);
      }
      deleted++;
    } catch (NoSuchFileException e) {
      // somebody else deleted it
    } catch (IOException e) {
      failed(e);
    }
  }

  /** Deletes the files of a folder, and moves its folders up into the top. */
  private void empty(Opened folder) throws IOException {
    makeWritable(folder);
    try (DirectoryStream<Path> entries = folder.entries()) {
      for (Path entry : entries) {
        Path name = entry.getFileName();
        try (Opened child = folder.child(name)) {
          if (child.stat().isFolder()) {
            makeWritable(child);
            folder.move(name, top, fresh());
            // the next round deletes it, or still this one
            left++;
          } else {
            folder.deleteFile(name);
          }
          deleted++;
        } catch (NoSuchFileException e) {
          // somebody else deleted it
        }
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /**
   * Makes a folder of this user writable: without root's rights its entries can't be deleted
   * otherwise.
   */
  private static void makeWritable(Opened folder) throws IOException {
    FileStat stat = folder.stat();
    if (stat.uid() != 0
        && Owners.ours().uids().contains(stat.uid())
        && (stat.mode() & 0700) != 0700) {
      folder.setPermissions("rwx------");
    }
  }

  private void failed(IOException e) {
    left++;
    if (first == null) {
      first = e;
    }
  }

  private static Path fresh() {
    byte[] bytes = new byte[8];
    RANDOM.nextBytes(bytes);
    return Path.of(".deleted-" + HexFormat.of().formatHex(bytes));
  }

  /**
   * The result of a deletion.
   *
   * @param deleted names that were deleted
   * @param left names that still exist
   * @param first why the first of them does; null: none is left
   */
  record Deleted(long deleted, long left, @Nullable IOException first) {}
}
