package io.loda.agent.source;

import static java.util.Objects.requireNonNull;

import io.loda.agent.plugin.MetricPlugin;
import io.loda.common.files.FileReason;
import io.loda.common.files.Trust;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.files.allowed.ReadsLogs;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.jar.JarFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Java plugins by name, from the class path and from the jars of a folder. Each jar has its own
 * class loader. A broken jar costs only its own plugins.
 */
public final class JavaPlugins {

  private static final Logger LOG = LoggerFactory.getLogger(JavaPlugins.class);
  private static final String SERVICE = "META-INF/services/" + MetricPlugin.class.getName();

  private static final Duration LONGEST_LOAD = Duration.ofSeconds(5);

  private final Map<String, Named> plugins = new TreeMap<>();

  /**
   * A plugin that was found.
   *
   * @param from the jar, or the class path
   */
  private record Named(String name, MetricPlugin plugin, Object from) {}

  private JavaPlugins() {}

  /**
   * Loads the plugins; blocks for a bounded time, whatever a jar's code does.
   *
   * @param folder may be missing
   */
  public static JavaPlugins load(Path folder) {
    return load(folder, Trust.everybody());
  }

  /**
   * Like its overload, without jars that untrusted users could change.
   *
   * @param trust whose jars may run in the agent's process
   */
  public static JavaPlugins load(Path folder, Trust trust) {
    JavaPlugins found = new JavaPlugins();
    ClassLoader own = MetricPlugin.class.getClassLoader();
    load("the class path", ServiceLoader.load(MetricPlugin.class, own)).forEach(found::add);
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
        // sorted, so that of two plugins with the same name always the same one is used
        TreeSet<Path> sorted = new TreeSet<>();
        jars.forEach(sorted::add);
        sorted.stream().filter(jar -> isTrusted(jar, trust)).forEach(found::addJar);
      } catch (IOException e) {
        LOG.error(
            "plugins.java-dir {}: expected a readable folder, found: {}", folder, FileReason.of(e));
      }
    }
    return found;
  }

  /** Sets which files the plugins that read logs may read; returns this. */
  public JavaPlugins reading(LogFiles files) {
    for (Named one : plugins.values()) {
      if (one.plugin() instanceof ReadsLogs reader) {
        reader.logFiles(files);
      }
    }
    return this;
  }

  public boolean has(String name) {
    return plugins.containsKey(name);
  }

  /**
   * Returns a plugin.
   *
   * @throws IllegalArgumentException when there is none of that name; lists the known ones
   */
  MetricPlugin named(String name) {
    Named named = plugins.get(name);
    if (named == null) {
      throw new IllegalArgumentException(
          "no Java plugin \""
              + name
              + "\"; there are "
              + String.join(", ", plugins.keySet())
              + "; the jars of plugins.java-dir are read when the agent starts, and the log then"
              + " says which were left out");
    }
    return named.plugin();
  }

  private static boolean isTrusted(Path jar, Trust trust) {
    String problem;
    try {
      problem = trust.problem(jar).orElse("");
    } catch (IOException e) {
      problem = String.valueOf(e.getMessage());
    }
    if (!problem.isEmpty()) {
      LOG.error(
          "Java plugin {}: refused and left out, others than the agent's owner can change it: {}",
          jar,
          problem);
    }
    return problem.isEmpty();
  }

  private void addJar(Path jar) {
    FutureTask<List<Named>> loading = new FutureTask<>(() -> read(jar));
    // the plugin's code runs during the load: if it hangs, only this thread is left behind
    Thread thread = new Thread(loading, "java-plugin-load");
    thread.setDaemon(true);
    thread.start();
    try {
      loading.get(LONGEST_LOAD.toMillis(), TimeUnit.MILLISECONDS).forEach(this::add);
    } catch (TimeoutException e) {
      thread.interrupt();
      LOG.error(
          "Java plugin {}: timeout of its load after {} s, left out",
          jar,
          LONGEST_LOAD.toSeconds());
    } catch (ExecutionException e) {
      LOG.error("Java plugin {}: load failed, left out: {}", jar, String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<Named> read(Path jar) {
    try {
      // a class loader finds nothing in an unreadable jar, and reports no error
      try (JarFile file = new JarFile(jar.toFile())) {
        if (file.getEntry(SERVICE) == null) {
          LOG.error("Java plugin {}: expected a jar with {}, found none in it", jar, SERVICE);
          return List.of();
        }
      }
      // the loader stays open as long as its plugins, and they as long as the agent
      @SuppressWarnings("resource")
      URLClassLoader loader =
          new URLClassLoader(
              jar.getFileName().toString(),
              new URL[] {jar.toUri().toURL()},
              MetricPlugin.class.getClassLoader());
      return load(jar, ServiceLoader.load(MetricPlugin.class, loader));
    } catch (IOException e) {
      LOG.error(
          "Java plugin {}: expected a jar that can be read, found: {}", jar, FileReason.of(e));
      return List.of();
    }
  }

  private static List<Named> load(Object from, ServiceLoader<MetricPlugin> services) {
    List<Named> found = new ArrayList<>();
    Iterator<MetricPlugin> all = services.iterator();
    while (true) {
      try {
        if (!all.hasNext()) {
          return found;
        }
        MetricPlugin plugin = all.next();
        found.add(new Named(requireNonNull(plugin.name(), "its name"), plugin, from));
      } catch (ServiceConfigurationError | LinkageError | StackOverflowError | RuntimeException e) {
        LOG.error("Java plugin of {}: load failed, left out: {}", from, withCauses(e));
      }
    }
  }

  /** Returns an error with all its causes: that of a static initializer is nested. */
  private static String withCauses(Throwable e) {
    StringBuilder text = new StringBuilder(e.toString());
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      text.append(": ").append(cause);
    }
    return text.toString();
  }

  private void add(Named one) {
    Named first = plugins.putIfAbsent(one.name(), one);
    // a jar's class loader also finds plugins of the class path
    if (first != null && first.plugin().getClass() != one.plugin().getClass()) {
      LOG.error(
          "Java plugin \"{}\" of {}: refused and left out, {} of {} has that name already",
          one.name(),
          one.from(),
          first.plugin().getClass().getName(),
          first.from());
    }
  }
}
