package io.loda.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launchers in a checkout that was never built, with a Maven and a Java that only tell. */
class FirstBuildTest {

  private Path checkout;

  @BeforeEach
  void checkout(@TempDir Path temp) throws Exception {
    checkout = temp;
    Path bin = Files.createDirectory(temp.resolve("bin"));
    Path scripts = Path.of(System.getProperty("agent.root", "..")).resolve("bin");
    for (String script : new String[] {"agent", "metrics-server", "common.sh"}) {
      executable(bin.resolve(script), Files.readString(scripts.resolve(script)));
    }
    Files.writeString(temp.resolve("pom.xml"), "<project/>");
    executable(
        temp.resolve("tools/mvn"),
        """
        #!/bin/sh
        [ "$1" = --version ] && echo Apache Maven 3.9.9 && exit
        mkdir -p distribution/target/lib metrics-server/target/lib
        """);
    executable(temp.resolve("java/bin/java"), "#!/bin/sh\necho \"$@\"\n");
    executable(temp.resolve("java/bin/javac"), "#!/bin/sh\n");
    Files.writeString(temp.resolve("java/release"), "JAVA_VERSION=\"17.0.15\"\n");
  }

  private static void executable(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @ParameterizedTest
  @CsvSource({
    "agent, distribution/target/lib, io.loda.agent.Main version",
    "metrics-server, metrics-server/target/lib, io.loda.server.Main version"
  })
  void runsWhatItHasJustBuilt(String launcher, String lib, String end) throws Exception {
    for (String time : new String[] {"the first", "the second"}) {
      ProcessBuilder builder =
          new ProcessBuilder(checkout.resolve("bin/" + launcher).toString(), "version");
      Map<String, String> environment = builder.environment();
      environment.remove("AGENT_NO_BUILD");
      environment.remove("AGENT_BUILD");
      environment.put("JAVA_HOME", checkout.resolve("java").toString());
      environment.put("PATH", checkout.resolve("tools") + ":" + environment.get("PATH"));
      Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String ran = new String(process.getInputStream().readAllBytes(), UTF_8).strip();

      assertThat(process.waitFor()).as(time).isZero();
      assertThat(ran).as(time).endsWith("-cp " + checkout.resolve(lib) + "/* " + end);
    }
  }
}
