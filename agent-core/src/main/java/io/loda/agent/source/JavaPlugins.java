package io.loda.agent.source;

import io.loda.agent.plugin.MetricPlugin;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Java plugins by name: those on the class path, and those in a folder's jars, each jar with a
 * class loader of its own. A broken jar costs its own plugins only.
 */
public final class JavaPlugins {

  private static final Logger LOG = LoggerFactory.getLogger(JavaPlugins.class);

  private final Map<String, MetricPlugin> plugins = new TreeMap<>();

  private JavaPlugins() {}

  /**
   * Loads them; blocks.
   *
   * @param folder need not be there
   */
  public static JavaPlugins load(Path folder) {
    JavaPlugins found = new JavaPlugins();
    found.add("the class path", ServiceLoader.load(MetricPlugin.class));
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
        for (Path jar : jars) {
          found.addJar(jar);
        }
      } catch (IOException e) {
        LOG.error(
            "plugins.java-dir {}: expected a readable folder, found {}", folder, e.toString());
      }
    }
    return found;
  }

  /**
   * A plugin.
   *
   * @throws IllegalArgumentException when there is none of that name; lists the known ones
   */
  MetricPlugin named(String name) {
    MetricPlugin plugin = plugins.get(name);
    if (plugin == null) {
      throw new IllegalArgumentException(
          "no Java plugin \"" + name + "\"; there are " + String.join(", ", plugins.keySet()));
    }
    return plugin;
  }

  private void addJar(Path jar) {
    try {
      // stays open as long as its plugins live: as long as the agent
      @SuppressWarnings("resource")
      URLClassLoader loader =
          new URLClassLoader(
              jar.getFileName().toString(),
              new URL[] {jar.toUri().toURL()},
              MetricPlugin.class.getClassLoader());
      add(jar.toString(), ServiceLoader.load(MetricPlugin.class, loader));
    } catch (IOException e) {
      LOG.error("Java plugin {}: {}", jar, e.toString());
    }
  }

  private void add(String from, ServiceLoader<MetricPlugin> services) {
    Iterator<MetricPlugin> all = services.iterator();
    while (true) {
      try {
        if (!all.hasNext()) {
          return;
        }
        MetricPlugin plugin = all.next();
        MetricPlugin first = plugins.putIfAbsent(plugin.name(), plugin);
        if (first != null && first.getClass() != plugin.getClass()) {
          LOG.error(
              "Java plugin \"{}\" of {} is left out: {} has that name already",
              plugin.name(),
              from,
              first.getClass().getName());
        }
      } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
        LOG.error("Java plugin of {} is left out: {}", from, e.toString());
      }
    }
  }
}
