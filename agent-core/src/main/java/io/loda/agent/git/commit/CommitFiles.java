package io.loda.agent.git.commit;

import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.TreeBounds;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A commit's files in a folder, with the commit itself in {@code .git}. That folder is no
 * repository: git would obey a repository's hooks and filters if somebody used it in the checkout.
 *
 * @param folder of the files
 */
public record CommitFiles(Path folder) {

  public static final int MAX_FILES = 5_000;

  /** Bounds the levels of folders, as JGit's checkout is recursive. */
  public static final int MAX_LEVELS = 100;

  private static final String GIT = ".git/";

  /** The file with the commit in git's format. */
  private static final String COMMIT = GIT + "agent-commit";

  /** The file with lines of {@link UnseenEntry}. */
  private static final String UNSEEN = GIT + "agent-entries";

  private static final int MAX_COMMIT_BYTES = 1 << 20;
  private static final int MAX_UNSEEN_BYTES = 4 << 20;

  /**
   * The bounds of a walk over the files and the agent's folder: more than may be checked out, so
   * that the error names the limits of the checkout.
   */
  public static final TreeBounds BOUNDS = new TreeBounds(MAX_LEVELS + 2, MAX_FILES + 10);

  /** The size limit of these two files, besides the commit's files. */
  public static final long MAX_OWN_BYTES = MAX_COMMIT_BYTES + MAX_UNSEEN_BYTES;

  /** Saves the commit of the files. */
  public void write(byte[] commit, byte[] unseen) throws IOException {
    if (commit.length > MAX_COMMIT_BYTES || unseen.length > MAX_UNSEEN_BYTES) {
      throw new IOException("has a commit, or names, too large to be verified");
    }
    OwnFiles.createFolders(folder.resolve(GIT));
    OwnFiles.write(folder.resolve(COMMIT), commit);
    OwnFiles.write(folder.resolve(UNSEEN), unseen);
  }

  /** Returns whether the commit is saved here: it isn't in an older agent's checkout. */
  public boolean areKnown() {
    try {
      return SafeFiles.readBytes(folder.resolve(COMMIT), MAX_COMMIT_BYTES).length > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Reads the commit; fails if it hasn't this id. */
  public Commit commit(String id) throws IOException {
    try {
      return Commit.of(id, SafeFiles.readBytes(folder.resolve(COMMIT), MAX_COMMIT_BYTES));
    } catch (NoSuchFileException e) {
      throw new IOException(
          "is refused: its commit " + id + " is missing, so it can't be verified", e);
    }
  }

  /** Fails if the files differ from the commit, or {@code .git} has other files; blocks. */
  public void check(String id) throws IOException {
    for (Path name : SafeFiles.list(folder.resolve(GIT), 2)) {
      if (!Set.of(COMMIT, UNSEEN).contains(GIT + name)) {
        throw new IOException("is refused: it brought the agent's file " + name);
      }
    }
    Map<String, UnseenEntry> unseen =
        UnseenEntry.all(SafeFiles.readBytes(folder.resolve(UNSEEN), MAX_UNSEEN_BYTES));
    String tree = TreeHash.of(folder, BOUNDS, unseen);
    if (!tree.equals(commit(id).tree())) {
      throw new IOException(
          "is refused: its files aren't those of its commit "
              + id
              + "; a file whose name isn't in UTF-8 causes this too");
    }
  }
}
