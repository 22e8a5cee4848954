package io.loda.common.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes small files so that a reader, or a start after a power cut, sees the old or the new. */
public final class StateFiles {

  private StateFiles() {}

  public static void write(Path file, String text) throws IOException {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  public static void write(Path file, byte[] content) throws IOException {
    // addresses may hold passwords
    OwnFiles.createFolderOf(file);
    OwnFiles.replace(file, content);
  }

  /** Waits until the disk has a file's content, or which files a folder has. */
  public static void force(Path path) throws IOException {
    // one for reading will do, and is all that a folder gives
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
