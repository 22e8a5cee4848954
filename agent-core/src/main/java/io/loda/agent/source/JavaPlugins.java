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
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Java plugins by name: those on the class path, and those in a folder's jars, each jar with a
 * class loader of its own. A broken jar costs its own plugins only.
 */
public final class JavaPlugins {

  private static final Logger LOG = LoggerFactory.getLogger(JavaPlugins.class);
  private static final String SERVICE = "META-INF/services/" + MetricPlugin.class.getName();

  private final Map<String, MetricPlugin> plugins = new TreeMap<>();

  private JavaPlugins() {}

  /**
   * Loads them; blocks.
   *
   * @param folder need not be there
   */
  public static JavaPlugins load(Path folder) {
    JavaPlugins found = new JavaPlugins();
    ClassLoader own = MetricPlugin.class.getClassLoader();
    found.add("the class path", ServiceLoader.load(MetricPlugin.class, own));
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
        // sorted, so that of two with the same name it is always the same that is taken
        TreeSet<Path> sorted = new TreeSet<>();
        jars.forEach(sorted::add);
        sorted.forEach(found::addJar);
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
      // a class loader finds nothing in a jar that it can't read, and doesn't say so
      try (JarFile file = new JarFile(jar.toFile())) {
        if (file.getEntry(SERVICE) == null) {
          LOG.error("Java plugin {}: expected a jar with {}, found none in it", jar, SERVICE);
          return;
        }
      }
      // stays open as long as its plugins live: as long as the agent
      @SuppressWarnings("resource")
      URLClassLoader loader =
          new URLClassLoader(
              jar.getFileName().toString(),
              new URL[] {jar.toUri().toURL()},
              MetricPlugin.class.getClassLoader());
      add(jar.toString(), ServiceLoader.load(MetricPlugin.class, loader));
    } catch (IOException e) {
      LOG.error("Java plugin {}: expected a jar that can be read, found {}", jar, e.toString());
    }
  }

  private void add(String from, ServiceLoader<MetricPlugin> services) {
    Iterator<MetricPlugin> all = services.iterator();
    while (true) {
      try {
        if (!all.hasNext()) {
          return;
        }
        add(from, all.next());
      } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
        Throwable cause = e.getCause();
        LOG.error(
            "Java plugin of {} is left out: {}", from, e + (cause == null ? "" : ": " + cause));
      }
    }
  }

  private void add(String from, MetricPlugin plugin) {
    MetricPlugin first = plugins.putIfAbsent(plugin.name(), plugin);
    // a jar's loader finds those of the class path too
    if (first != null && first.getClass() != plugin.getClass()) {
      LOG.error(
          "Java plugin \"{}\" of {} is left out: {} has that name already",
          plugin.name(),
          from,
          first.getClass().getName());
    }
  }
}
