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
 * The classes of the child that fetches: the agent's jars, and an archive of the needed classes,
 * which the JVM maps instead of loading each. The build makes the archive. With another JVM or
 * other jars the archive is ignored, and the child takes half as long again.
 *
 * @param classPath for {@code -cp}
 * @param options for the JVM
 */
public record FetchClasses(String classPath, List<String> options) {

  private static final String ARCHIVE = "git-fetch.jsa";

  public static FetchClasses ofThisAgent() {
    Path archive = archive();
    if (Files.isReadable(archive)) {
      try {
        return new FetchClasses(jars(lib()), List.of("-XX:SharedArchiveFile=" + archive));
      } catch (IOException e) {
        // continue without it
      }
    }
    return new FetchClasses(System.getProperty("java.class.path"), List.of());
  }

  public static Path archive() {
    return lib().resolve(ARCHIVE);
  }

  /** Returns the classes of this agent, for a child that writes the archive at its end. */
  public static FetchClasses recording(Path made) throws IOException {
    return new FetchClasses(
        jars(lib()),
        // if the JVM crashes while it writes the archive, its error file must not be left in the
        // sources
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

  /** Returns the jars in a fixed order, on which the archive depends. */
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
