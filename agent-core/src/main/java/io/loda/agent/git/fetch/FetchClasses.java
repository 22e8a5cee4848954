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
 * Where the child that fetches has its classes from: the jars beside the agent's own, and an
 * archive of those it needs, which the JVM maps instead of loading them one by one. The build makes
 * the archive. The JVM takes it only where it is the same JVM and the jars are the same; otherwise
 * the child is slower by half, and that is all.
 *
 * @param classPath for {@code -cp}
 * @param options for the JVM
 */
public record FetchClasses(String classPath, List<String> options) {

  private static final String ARCHIVE = "git-fetch.jsa";

  /** Those of this agent. */
  public static FetchClasses ofThisAgent() {
    Path archive = archive();
    if (Files.isReadable(archive)) {
      try {
        return new FetchClasses(jars(lib()), List.of("-XX:SharedArchiveFile=" + archive));
      } catch (IOException e) {
        // as without
      }
    }
    return new FetchClasses(System.getProperty("java.class.path"), List.of());
  }

  /** Where the archive is. */
  public static Path archive() {
    return lib().resolve(ARCHIVE);
  }

  /** Those of this agent, for a child that makes an archive of them when it ends. */
  public static FetchClasses recording(Path made) throws IOException {
    return new FetchClasses(
        jars(lib()),
        // a JVM that crashes when it writes the archive leaves no file in the sources
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

  /** In an order of their own: the archive holds for these in just this order. */
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
