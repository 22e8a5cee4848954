package io.loda.agent.source.script;

import io.loda.agent.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Whether the plugins' user gets at a file, by the permission bits of all that leads to it. */
final class Access {

  private static final int READ = 4;
  private static final int EXECUTE = 1;
  private static final int WRITE = 2;
  private static final int STICKY = 01000;

  private final PluginUser user;

  Access(PluginUser user) {
    this.user = user;
  }

  /** Whether it can enter the folder, list it, and run this program in it. */
  boolean canRun(Path folder, Path program) throws IOException {
    if (!user.switched()) {
      return true;
    }
    Path real = SafeFiles.realPath(folder);
    for (Path above = real.getParent(); above != null; above = above.getParent()) {
      if (!allows(above, EXECUTE)) {
        return false;
      }
    }
    return allows(real, READ | EXECUTE) && allows(SafeFiles.realPath(program), READ | EXECUTE);
  }

  /** What the user can change of the way to a file, the file included; empty: nothing. */
  Optional<Path> weakPlace(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    try {
      Optional<Path> weak = weakAlong(absolute);
      // a link is as safe as what it leads to
      return weak.isPresent() ? weak : weakAlong(SafeFiles.realPath(absolute));
    } catch (IOException e) {
      return Optional.of(absolute);
    }
  }

  private Optional<Path> weakAlong(Path file) throws IOException {
    for (Path path = file; path != null; path = path.getParent()) {
      Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,uid,gid");
      boolean sticky = !path.equals(file) && (number(attributes, "mode") & STICKY) != 0;
      // its owner can give himself any right; in a sticky folder others can't replace the file
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
    int mode = number(attributes, "mode");
    if (user.uid() == 0) {
      return true;
    }
    int bits;
    if (number(attributes, "uid") == user.uid()) {
      bits = mode >> 6;
    } else if (user.groups().contains((long) number(attributes, "gid"))) {
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
