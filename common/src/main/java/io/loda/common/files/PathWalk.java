package io.loda.common.files;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Walks a path from {@code /} to its end, and keeps each folder open until then. */
final class PathWalk {

  private static final int MOST_LINKS = 40;
  private static final Path ROOT = Path.of("/");

  private final Path asked;
  private final boolean followLast;
  private final Deque<Path> left = new ArrayDeque<>();
  private final List<Integer> opened = new ArrayList<>();
  private final List<Step> way = new ArrayList<>();
  private int links;

  private PathWalk(Path asked, boolean followLast) {
    this.asked = asked;
    this.followLast = followLast;
  }

  static Opened open(Path asked, boolean followLast) throws IOException {
    PathWalk walk = new PathWalk(asked.toAbsolutePath(), followLast);
    try {
      return walk.toTheEnd();
    } finally {
      walk.opened.forEach(Kernel::close);
    }
  }

  private Opened toTheEnd() throws IOException {
    enter(ROOT);
    push(asked);
    while (!left.isEmpty()) {
      Path name = left.removeFirst();
      String text = name.toString();
      if (text.equals("..")) {
        back();
      } else if (!text.isEmpty() && !text.equals(".")) {
        next(name);
      }
    }
    int last = opened.remove(opened.size() - 1);
    return new Opened(asked, last, way);
  }

  private void next(Path name) throws IOException {
    int folder = opened.get(opened.size() - 1);
    Step above = way.get(way.size() - 1);
    if (!above.stat().isFolder()) {
      throw new Kernel.NoFolderException(asked);
    }
    Path path = above.path().resolve(name);
    int descriptor = openNext(folder, name);
    FileStat stat;
    try {
      stat = FileStat.of(descriptor);
    } catch (IOException e) {
      Kernel.close(descriptor);
      throw e;
    }
    if (stat.isLink() && (followLast || !left.isEmpty())) {
      Kernel.close(descriptor);
      follow(above, folder, name, stat);
    } else {
      opened.add(descriptor);
      way.add(new Step(path, stat));
    }
  }

  /** Opens a folder on the way as a folder, so that the kernel mounts what it mounts on demand. */
  private int openNext(int folder, Path name) throws IOException {
    int flags = Kernel.PATH | Kernel.NOFOLLOW;
    if (!left.isEmpty()) {
      try {
        return Kernel.open(folder, name, flags | Kernel.DIRECTORY, asked);
      } catch (Kernel.NoFolderException e) {
        // it is a link, or not a folder
      }
    }
    return Kernel.open(folder, name, flags, asked);
  }

  private void follow(Step above, int folder, Path name, FileStat link) throws IOException {
    if (!Owners.ours().mayLead(above.stat(), link)) {
      throw new UnsafePathException(
          asked,
          "the link "
              + above.path().resolve(name)
              + " isn't followed, as others can change it: its folder belongs to the user with id "
              + above.stat().uid()
              + " with mode "
              + above.mode()
              + "; give the path that it leads to");
    }
    if (++links > MOST_LINKS) {
      throw new FileSystemLoopException(asked.toString());
    }
    Path target = Files.readSymbolicLink(Opened.inProc(folder).resolve(name));
    if (target.isAbsolute()) {
      while (opened.size() > 1) {
        back();
      }
    }
    push(target);
  }

  private void push(Path path) {
    for (int i = path.getNameCount() - 1; i >= 0; i--) {
      left.addFirst(path.getName(i));
    }
  }

  private void back() {
    if (opened.size() > 1) {
      Kernel.close(opened.remove(opened.size() - 1));
      way.remove(way.size() - 1);
    }
  }

  private void enter(Path root) throws IOException {
    int descriptor = Kernel.open(-1, root, Kernel.PATH | Kernel.DIRECTORY, root);
    opened.add(descriptor);
    way.add(new Step(root, FileStat.of(descriptor)));
  }
}
