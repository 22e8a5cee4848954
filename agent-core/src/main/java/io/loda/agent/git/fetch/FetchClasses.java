package io.loda.agent.git.fetch;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes of the child that fetches: the agent's jars, and an archive of the classes that it
 * needs, which the JVM maps instead of loading each. The build makes the archive. With another JVM
 * or other jars the archive is ignored, and the child is slower by half.
 *
 * @param classPath for {@code -cp}
 * @param options for the JVM
 */
public record FetchClasses(String classPath, List<String> options) {

  private static final String ARCHIVE = "git-fetch.jsa";

  /** The classes of this agent. */
  public static FetchClasses ofThisAgent() {
    Path archive = archive();
    if (Files.isReadable(archive)) {
      try {
        return new FetchClasses(jars(lib()), List.of("-XX:SharedArchiveFile=" + archive));
      } catch (IOException e) {
        // go on without it
      }
    }
    return new FetchClasses(System.getProperty("java.class.path"), List.of());
  }

  public static Path archive() {
    return lib().resolve(ARCHIVE);
  }

  /** The classes of this agent, for a child that writes the archive when it ends. */
  public static FetchClasses recording(Path made) throws IOException {
    return new FetchClasses(
        jars(lib()),
        // a JVM that crashes while it writes the archive must leave no file in the sources
        List.of("-XX:ArchiveClassesAtExit=" + made, "-XX:ErrorFile=" + made + ".log"));
  }

  private static Path lib() {
    try {
      Path own =
          Path.of(FetchClasses.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return own.resolveSibling("").toRealPath();
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The jars in a fixed order: the archive depends on it. */
  private static String jars(Path lib) throws IOException {
    try (Stream<Path> files = Files.list(lib)) {
      return files
          .map(Path::toString)
          .filter(name -> name.endsWith(".jar"))
          .sorted()
          .collect(Collectors.joining(File.pathSeparator));
    }
  }
}
