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
 * A commit's files in a folder, and in its {@code .git} the commit itself. There is no repository:
 * what git obeys in one, like hooks and filters, would be obeyed by whoever looks after a checkout.
 *
 * @param folder where they are
 */
public record CommitFiles(Path folder) {

  public static final int MAX_FILES = 5_000;

  /** JGit checks each level out by a call in a call. */
  public static final int MAX_LEVELS = 100;

  private static final String GIT = ".git/";

  /** As git keeps it. */
  private static final String COMMIT = GIT + "agent-commit";

  /** Lines of {@link UnseenEntry}. */
  private static final String UNSEEN = GIT + "agent-entries";

  private static final int MAX_COMMIT_BYTES = 1 << 20;
  private static final int MAX_UNSEEN_BYTES = 4 << 20;

  /** More than are checked out, so that it is those that are said; and git's folder. */
  public static final TreeBounds BOUNDS = new TreeBounds(MAX_LEVELS + 2, MAX_FILES + 10);

  /** Beside the files of a commit, as many bytes as these two may have. */
  public static final long MAX_OWN_BYTES = MAX_COMMIT_BYTES + MAX_UNSEEN_BYTES;

  /** Takes note of the commit that the files are of. */
  public void write(byte[] commit, byte[] unseen) throws IOException {
    if (commit.length > MAX_COMMIT_BYTES || unseen.length > MAX_UNSEEN_BYTES) {
      throw new IOException("has a commit, or names, too large to be looked at");
    }
    OwnFiles.createFolders(folder.resolve(GIT));
    OwnFiles.write(folder.resolve(COMMIT), commit);
    OwnFiles.write(folder.resolve(UNSEEN), unseen);
  }

  /** Whether it says which commit it is: a checkout of an older agent's doesn't. */
  public boolean areKnown() {
    try {
      return SafeFiles.readBytes(folder.resolve(COMMIT), MAX_COMMIT_BYTES).length > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The commit; fails where it isn't the one with this name. */
  public Commit commit(String id) throws IOException {
    try {
      return Commit.of(id, SafeFiles.readBytes(folder.resolve(COMMIT), MAX_COMMIT_BYTES));
    } catch (NoSuchFileException e) {
      throw new IOException("isn't taken: its commit " + id + " isn't there to be looked at", e);
    }
  }

  /** Fails where a file isn't as the commit says, or there is another of the agent's; blocks. */
  public void check(String id) throws IOException {
    for (Path name : SafeFiles.list(folder.resolve(GIT), 2)) {
      if (!Set.of(COMMIT, UNSEEN).contains(GIT + name)) {
        throw new IOException("isn't taken: it brought the agent's file " + name);
      }
    }
    Map<String, UnseenEntry> unseen =
        UnseenEntry.all(SafeFiles.readBytes(folder.resolve(UNSEEN), MAX_UNSEEN_BYTES));
    String tree = TreeHash.of(folder, BOUNDS, unseen);
    if (!tree.equals(commit(id).tree())) {
      throw new IOException(
          "isn't taken: its files aren't those of its commit "
              + id
              + "; a name that isn't in UTF-8 would be such a file");
    }
  }
}
