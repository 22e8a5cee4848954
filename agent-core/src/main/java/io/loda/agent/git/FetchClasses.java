package io.loda.agent.git;

import io.loda.agent.files.SafeFiles;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;

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

  /** The command that makes the archive. */
  public static final String COMMAND = "git-fetch-archive";

  private static final String ARCHIVE = "git-fetch.jsa";

  /** Those of this agent. */
  static FetchClasses ofThisAgent() {
    Path lib = lib();
    Path archive = lib.resolve(ARCHIVE);
    if (Files.isReadable(archive)) {
      try {
        return new FetchClasses(jars(lib), List.of("-XX:SharedArchiveFile=" + archive));
      } catch (IOException e) {
        // as without
      }
    }
    return new FetchClasses(System.getProperty("java.class.path"), List.of());
  }

  /** Makes the archive from what a child does with a small repository; blocks. */
  public static void archive() throws IOException {
    Path archive = lib().resolve(ARCHIVE);
    Path made = lib().resolve(ARCHIVE + ".new");
    Path folder = Files.createTempDirectory("git-fetch");
    FetchClasses recording =
        new FetchClasses(
            jars(lib()),
            // a JVM that crashes when it writes the archive leaves no file in the sources
            List.of("-XX:ArchiveClassesAtExit=" + made, "-XX:ErrorFile=" + made + ".log"));
    try (FetchProcess child =
        new FetchProcess(
            recording, new Workplaces(folder.resolve("places"), FetchUser.Source.NONE))) {
      child.fetch(
          new GitRequest(
              repository(folder.resolve("repository")),
              "",
              folder.resolve("clone"),
              List.of(),
              new GitSettings(
                  "", Duration.ofMinutes(1), 1 << 20, folder, "", true, "", "", false, "")));
      Files.move(made, archive, StandardCopyOption.REPLACE_EXISTING);
    } catch (GitAPIException e) {
      throw new IOException(e);
    } finally {
      Files.deleteIfExists(made);
      SafeFiles.deleteTree(folder);
    }
  }

  private static String repository(Path folder) throws IOException, GitAPIException {
    Files.createDirectory(folder);
    Files.writeString(folder.resolve("plugin.sh"), "echo '[]'\n");
    try (Git git = Git.init().setDirectory(folder.toFile()).call()) {
      git.add().addFilepattern(".").call();
      git.commit().setMessage("one").setAuthor("agent", "").setSign(false).call();
    }
    return folder.toUri().toString();
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
