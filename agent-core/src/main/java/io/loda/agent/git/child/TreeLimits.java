package io.loda.agent.git.child;

import io.loda.agent.git.commit.CommitFiles;
import java.io.IOException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.treewalk.TreeWalk;

/**
 * Bounds what a commit may check out, before anything is written: a repository of a few kilobytes
 * can contain a file of many gigabytes, or name the same file a million times.
 */
final class TreeLimits {

  private TreeLimits() {}

  /**
   * Adds up a commit's files and folders.
   *
   * @return why it is refused; empty: it isn't
   */
  static String exceeded(Repository repository, ObjectId commit, long maxBytes) throws IOException {
    try (RevWalk commits = new RevWalk(repository);
        TreeWalk tree = new TreeWalk(repository)) {
      ObjectReader objects = tree.getObjectReader();
      tree.addTree(commits.parseCommit(commit).getTree());
      long bytes = 0;
      int entries = 0;
      while (tree.next()) {
        FileMode mode = tree.getFileMode(0);
        if (++entries > CommitFiles.MAX_FILES) {
          return tooMany();
        }
        if (tree.getDepth() > CommitFiles.MAX_LEVELS) {
          return "has folders nested more than " + CommitFiles.MAX_LEVELS + " deep";
        }
        if (mode == FileMode.TREE) {
          tree.enterSubtree();
        } else if (mode != FileMode.GITLINK) {
          bytes += objects.getObjectSize(tree.getObjectId(0), Constants.OBJ_BLOB);
        }
        if (bytes > maxBytes) {
          return tooLarge(maxBytes);
        }
      }
      return "";
    }
  }

  static String tooLarge(long maxBytes) {
    return "is larger than plugins.max-repository (" + maxBytes + " bytes)";
  }

  static String tooMany() {
    return "has more than " + CommitFiles.MAX_FILES + " files";
  }
}
