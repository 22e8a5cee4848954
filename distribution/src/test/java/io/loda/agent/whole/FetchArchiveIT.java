package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What makes fetching cheap is built, and is of use to the JVM. */
class FetchArchiveIT {

  private static final Path ROOT = Path.of(System.getProperty("agent.root", "."));

  private static List<Path> jars(Path lib) throws IOException {
    try (Stream<Path> files = Files.list(lib)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  @Test
  void theJvmTakesTheClassesOfTheFetchFromTheArchive() throws Exception {
    Path lib = ROOT.resolve("distribution/target/lib").toRealPath();
    String classPath = jars(lib).stream().map(Path::toString).collect(Collectors.joining(":"));

    AgentProcess.Finished fetch =
        AgentProcess.run(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            SafeFiles.JVM_OPTION,
            "-XX:+UseSerialGC",
            "-XX:SharedArchiveFile=" + lib.resolve("git-fetch.jsa"),
            "-Xlog:class+load",
            "-cp",
            classPath,
            "io.loda.agent.Main",
            "git-fetch");

    assertThat(fetch.out())
        .containsPattern(
            "io\\.loda\\.agent\\.git\\.child\\.GitFetch source: shared objects file \\(top\\)");
  }

  @Test
  void noJarIsSignedForThatWouldKeepItsClassesOutOfTheArchive() throws Exception {
    for (Path file : jars(ROOT.resolve("distribution/target/lib"))) {
      try (JarFile jar = new JarFile(file.toFile())) {
        assertThat(jar.stream())
            .as(file.toString())
            .noneMatch(entry -> entry.getName().matches("META-INF/[^/]+\\.SF"));
      }
    }
  }
}
