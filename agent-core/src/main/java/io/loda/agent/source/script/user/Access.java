package io.loda.agent.source.script.user;

import io.loda.common.files.FileStat;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Checks whether a plugin's user can reach a file, by the permission bits along its path. */
public final class Access {

  private static final int READ = 4;
  private static final int EXECUTE = 1;
  private static final int WRITE = 2;
  private static final int STICKY = 01000;

  private final PluginUser user;

  public Access(PluginUser user) {
    this.user = user;
  }

  /** Returns whether the user can enter and list the folder, and run this program in it. */
  public boolean canRun(Path folder, Path program) throws IOException {
    if (!user.switched()) {
      return true;
    }
    try (Opened openFolder = SafeFiles.open(folder);
        Opened openProgram = SafeFiles.open(program)) {
      return canRun(openFolder, openProgram);
    }
  }

  /** Like its overload, by the state of both when they were opened. */
  public boolean canRun(Opened folder, Opened program) {
    if (!user.switched()) {
      return true;
    }
    List<Step> way = folder.way();
    return way.subList(0, way.size() - 1).stream().allMatch(step -> allows(step.stat(), EXECUTE))
        && allows(folder.stat(), READ | EXECUTE)
        && allows(program.stat(), READ | EXECUTE);
  }

  /** Returns which part of a file's path the user can change, including the file; empty: none. */
  Optional<Path> weakPlace(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    try {
      Optional<Path> weak = weakAlong(absolute);
      // a link is only as safe as its target
      return weak.isPresent() ? weak : weakAlong(SafeFiles.realPath(absolute));
    } catch (IOException e) {
      return Optional.of(absolute);
    }
  }

  private Optional<Path> weakAlong(Path file) throws IOException {
    for (Path path = file; path != null; path = path.getParent()) {
      Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,uid,gid");
      boolean sticky = !path.equals(file) && (number(attributes, "mode") & STICKY) != 0;
      // an owner can grant himself any right; in a sticky folder others can't replace the file
      if (user.uid() == 0
          || number(attributes, "uid") == user.uid()
          || (allows(path, WRITE) && !sticky)) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  private boolean allows(Path path, int wanted) throws IOException {
    Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,uid,gid");
    return allows(
        number(attributes, "mode"), number(attributes, "uid"), number(attributes, "gid"), wanted);
  }

  private boolean allows(FileStat stat, int wanted) {
    return allows(stat.mode(), stat.uid(), stat.gid(), wanted);
  }

  private boolean allows(int mode, long uid, long gid, int wanted) {
    if (user.uid() == 0) {
      return true;
    }
    int bits;
    if (uid == user.uid()) {
      bits = mode >> 6;
    } else if (user.groups().contains(gid)) {
      bits = mode >> 3;
    } else {
      bits = mode;
    }
    return (bits & wanted) == wanted;
  }

  private static int number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Integer value ? value : 0;
  }
}
