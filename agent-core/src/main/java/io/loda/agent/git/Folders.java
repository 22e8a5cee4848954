package io.loda.agent.git;

import io.loda.agent.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Path;

/** Deletes folders with what is in them; never follows a link, whoever swaps one in. */
final class Folders {

  private Folders() {}

  static void delete(Path folder) throws IOException {
    SafeFiles.deleteTree(folder);
  }
}
