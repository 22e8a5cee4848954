package io.loda.agent.cli.plugintest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.version.Version;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The files of a new plugin's repository, in one language. The Java one needs only {@code javac}
 * for its build: many hosts and build machines can't reach Maven Central.
 */
public final class PluginTemplate {

  public static final PluginTemplate SHELL =
      new PluginTemplate(
          "shell",
          Map.of(
              "plugin.sh", "plugin.sh",
              "test.sh", "test.sh",
              "README.md", "README.md",
              "gitignore", ".gitignore"));
  public static final PluginTemplate PYTHON =
      new PluginTemplate(
          "python",
          Map.of(
              "plugin", "plugin",
              "test_plugin.py", "test_plugin.py",
              "test.sh", "test.sh",
              "README.md", "README.md",
              "gitignore", ".gitignore"));
  public static final PluginTemplate JAVA =
      new PluginTemplate(
          "java",
          Map.of(
              "Plugin.java", "src/main/java/com/example/plugin/@CLASS@Plugin.java",
              "services", "src/main/resources/META-INF/services/io.loda.agent.plugin.MetricPlugin",
              "PluginTest.java", "test/PluginTest.java",
              "pom.xml", "pom.xml",
              "test.sh", "test.sh",
              "README.md", "README.md",
              "gitignore", ".gitignore"));

  /** The agent's rule for a project's name, with a limit on the length. */
  private static final Pattern NAME =
      Pattern.compile("(plugin-)?+[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(?<!\\.git)");

  private final String language;
  private final Map<String, String> files;

  /**
   * Makes a template.
   *
   * @param language the folder of its resources
   * @param files the resource of each file, and the file's path
   */
  private PluginTemplate(String language, Map<String, String> files) {
    this.language = language;
    this.files = files;
  }

  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** Returns the plugin's name in an assignment. */
  static String pluginName(String name) {
    return name.startsWith("plugin-") ? name.substring("plugin-".length()) : name;
  }

  /**
   * Writes the files.
   *
   * @param folder the repository's folder, which doesn't exist yet
   * @return the written files, relative to the folder
   */
  public List<String> write(Path folder) throws IOException {
    String name = folder.getFileName().toString();
    Files.createDirectories(folder.toAbsolutePath().getParent());
    Files.createDirectory(folder);
    List<String> written = new ArrayList<>();
    for (Map.Entry<String, String> file : files.entrySet()) {
      String text = filled(resource(file.getKey()), name);
      Path target = folder.resolve(filled(file.getValue(), name));
      Files.createDirectories(target.getParent());
      Files.writeString(target, text);
      boolean program = text.startsWith("#!");
      Files.setPosixFilePermissions(
          target, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
      written.add(folder.relativize(target).toString());
    }
    written.sort(String::compareTo);
    return written;
  }

  private String resource(String file) throws IOException {
    String path = "/io/loda/agent/templates/" + language + "/" + file;
    try (InputStream in = PluginTemplate.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IOException(path + " isn't in the agent's jar");
      }
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static String filled(String text, String name) {
    return text.replace("@NAME@", name)
        .replace("@PLUGIN@", pluginName(name))
        .replace("@CLASS@", className(pluginName(name)))
        .replace("@VERSION@", Version.current().version());
  }

  /** Turns {@code disk-usage} into {@code DiskUsage}. */
  private static String className(String plugin) {
    StringBuilder name = new StringBuilder();
    for (String word : plugin.split("[^A-Za-z0-9]+", -1)) {
      if (!word.isEmpty()) {
        name.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
      }
    }
    boolean bad = name.length() == 0 || Character.isDigit(name.charAt(0));
    return bad ? "A" + name : name.toString();
  }
}
