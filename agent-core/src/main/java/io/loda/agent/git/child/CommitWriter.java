package io.loda.agent.git.child;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loda.agent.git.commit.CommitFiles;
import io.loda.agent.git.commit.UnseenEntry;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.treewalk.TreeWalk;
import org.jspecify.annotations.Nullable;

/**
 * The child's side of {@link CommitFiles}: the data by which the agent verifies that the files are
 * the commit's.
 *
 * @param commit in git's format
 * @param unseen lines of {@link UnseenEntry}
 */
record CommitWriter(byte[] commit, byte[] unseen) {

  /** Attributes that override the commit's: files are checked out unchanged. */
  private static final String AS_THEY_ARE = "* -text !eol -ident !filter !working-tree-encoding\n";

  private static final int MAX_LINK_BYTES = 4096;

  /** Reads the data from a repository that has the commit. */
  static CommitWriter of(Repository repository, ObjectId id) throws IOException {
    ByteArrayOutputStream unseen = new ByteArrayOutputStream();
    try (RevWalk commits = new RevWalk(repository);
        TreeWalk tree = new TreeWalk(repository)) {
      RevCommit commit = commits.parseCommit(id);
      tree.addTree(commit.getTree());
      tree.setRecursive(true);
      while (tree.next()) {
        UnseenEntry entry = unseen(tree);
        if (entry != null) {
          unseen.writeBytes(
              entry.line(new String(tree.getRawPath(), ISO_8859_1)).getBytes(ISO_8859_1));
        }
      }
      return new CommitWriter(
          tree.getObjectReader().open(id, Constants.OBJ_COMMIT).getCachedBytes(),
          unseen.toByteArray());
    }
  }

  private static @Nullable UnseenEntry unseen(TreeWalk tree) throws IOException {
    String mode = Integer.toOctalString(tree.getRawMode(0));
    FileMode known = tree.getFileMode(0);
    if (known == FileMode.GITLINK) {
      return new UnseenEntry(mode, tree.getObjectId(0).name());
    }
    if (known == FileMode.SYMLINK) {
      ObjectReader objects = tree.getObjectReader();
      byte[] target = objects.open(tree.getObjectId(0)).getCachedBytes(MAX_LINK_BYTES);
      String text = new String(target, ISO_8859_1);
      return UnseenEntry.asJavaMakesIt(text).equals(text)
          ? null
          : new UnseenEntry(mode, HexFormat.of().formatHex(target));
    }
    return mode.equals(known.toString()) ? null : new UnseenEntry(mode, "");
  }

  /** Makes JGit check files out unchanged, whatever the commit's attributes say of line ends. */
  static void asTheyAre(Repository repository) throws IOException {
    Path info = Files.createDirectories(repository.getDirectory().toPath().resolve("info"));
    OwnFiles.write(info.resolve("attributes"), AS_THEY_ARE.getBytes(US_ASCII));
  }

  /** Replaces the repository in a folder by these two files; the checked-out files stay. */
  void instead(Path folder) throws IOException {
    SafeFiles.deleteTree(folder.resolve(".git"));
    new CommitFiles(folder).write(commit, unseen);
  }
}
