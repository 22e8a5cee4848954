package io.loda.common.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Walks all below a folder, without following a link or leaving its file system. */
final class TreeWalk {

  private final TreeVisitor visitor;
  private final TreeBounds bounds;
  private int seen;

  TreeWalk(TreeVisitor visitor, TreeBounds bounds) {
    this.visitor = visitor;
    this.bounds = bounds;
  }

  void below(Opened top) throws IOException {
    if (!top.stat().isFolder()) {
      throw new Kernel.NoFolderException(top.realPath());
    }
    folder(top, Path.of(""), 0);
  }

  private void folder(Opened folder, Path relative, int depth) throws IOException {
    if (!visitor.folder(relative, folder)) {
      return;
    }
    if (depth >= bounds.depth()) {
      visitor.failed(
          relative,
          new FileSystemException(
              folder.toString(), null, "lies deeper than " + bounds.depth() + " folders"));
      return;
    }
    List<Path> names;
    try {
      names = folder.names(bounds.entries() - seen);
    } catch (IOException e) {
      visitor.failed(relative, e);
      return;
    }
    seen += names.size();
    for (Path name : names) {
      Path path = relative.toString().isEmpty() ? name : relative.resolve(name);
      try (Opened child = folder.child(name)) {
        visit(folder, child, name, path, depth);
      } catch (NoSuchFileException e) {
        // deleted since the folder was listed
      }
    }
  }

  private void visit(Opened folder, Opened child, Path name, Path path, int depth)
      throws IOException {
    FileStat stat = child.stat();
    if (stat.isFolder()) {
      if (stat.device() == folder.stat().device()) {
        folder(child, path, depth + 1);
      } else {
        visitor.other(path, stat);
      }
    } else if (stat.isRegular()) {
      visitor.file(path, child);
    } else if (stat.isLink()) {
      visitor.link(path, stat, folder.linkTarget(name));
    } else {
      visitor.other(path, stat);
    }
  }
}
