package io.loda.agent.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;

/** Makes jars with one Java plugin, always of the same class, {@code jarred.Plugin}. */
final class PluginJar {

  private static final String SOURCE =
      """
      package jarred;
      import io.loda.agent.plugin.*;
      import java.util.*;
      public class Plugin implements MetricPlugin {
        public Plugin() { CONSTRUCTOR }
        public String name() { return "NAME"; }
        public Sampler open(Map<String, String> parameters) {
          return () -> List.of(Metric.of("of-NAME", 1));
        }
      }
      """;

  private PluginJar() {}

  static void write(Path jar, String name) throws IOException {
    write(jar, name, "", "jarred.Plugin\n");
  }

  /**
   * Writes a jar.
   *
   * @param constructor a statement that its constructor runs
   * @param services what its service file says
   */
  static void write(Path jar, String name, String constructor, String services) throws IOException {
    Path work = Files.createTempDirectory(jar.toAbsolutePath().getParent(), "classes");
    Path source = work.resolve("Plugin.java");
    Files.writeString(source, SOURCE.replace("NAME", name).replace("CONSTRUCTOR", constructor));
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                work.toString(),
                source.toString());
    if (failed != 0) {
      throw new IOException("the test's plugin doesn't compile");
    }
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      out.putNextEntry(new JarEntry("META-INF/services/io.loda.agent.plugin.MetricPlugin"));
      out.write(services.getBytes(UTF_8));
      out.putNextEntry(new JarEntry("jarred/Plugin.class"));
      Files.copy(work.resolve("jarred/Plugin.class"), out);
    }
  }
}
