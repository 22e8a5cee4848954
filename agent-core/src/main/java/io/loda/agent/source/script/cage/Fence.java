package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.system.Command;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps plugins from creating namespaces, which would expose more of the kernel, as far as this
 * host's {@code setpriv} can: by a filter against user namespaces (util-linux 2.41), and a Landlock
 * domain (2.40), in which nothing can be mounted. The domain itself only forbids making devices,
 * which a plugin can't do anyway. Blocks shortly.
 */
final class Fence {

  private static final Logger LOG = LoggerFactory.getLogger(Fence.class);
  private static final String FILTER = "--seccomp-filter";
  private static final String LANDLOCK = "--landlock-access";

  private Fence() {}

  /**
   * Returns the options that work on this host.
   *
   * @param setpriv the program
   * @param folder a folder of the agent, for the filter's file
   */
  static List<String> options(String setpriv, Path folder) {
    String help = Command.text(setpriv, "--help");
    List<String> options = new ArrayList<>();
    if (help.contains(LANDLOCK)) {
      addIfItWorks(setpriv, LANDLOCK + "=fs:make-char,make-block", options);
    }
    if (help.contains(FILTER)) {
      try {
        Path filter = write(folder);
        if (Files.size(filter) > 0) {
          addIfItWorks(setpriv, FILTER + "=" + filter, options);
        }
      } catch (IOException e) {
        LOG.warn(
            "plugins: write of the filter failed, they can make user namespaces: {}",
            FileReason.of(e));
      }
    }
    return options;
  }

  private static void addIfItWorks(String setpriv, String option, List<String> options) {
    if (Command.run(List.of(setpriv, "--no-new-privs", option, "true"))) {
      options.add(option);
    } else {
      LOG.info("plugins: this host's kernel refused setpriv {}, running without it", option);
    }
  }

  /** Writes the filter so that every user can read it: setpriv reads it as the plugin's user. */
  private static Path write(Path folder) throws IOException {
    Path below = Files.createDirectories(folder.resolve(".fence"));
    Files.setPosixFilePermissions(below, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path filter = below.resolve("user-namespaces.bpf");
    Path fresh = below.resolve("fresh");
    Files.write(fresh, NamespaceFilter.of(System.getProperty("os.arch", "")));
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
    return Files.move(fresh, filter, StandardCopyOption.ATOMIC_MOVE);
  }
}
