package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;

/** The folder of a test: a registry, plugins, repositories, logs. */
record TestFolder(Path path) {

  /** Assigns plugins, by their addresses, to a namespace; they run on demand only. */
  void assign(String namespace, String... repositories) {
    JsonArray items = new JsonArray();
    for (String repository : repositories) {
      String name = repository.substring(repository.lastIndexOf('/') + 1).replace(".git", "");
      items.add(
          new JsonObject()
              .put("measurement_type", "PLUGIN")
              .put("name", "PLUGIN." + name)
              .put("git", repository)
              .put("parameters", "assigned")
              .put("interval", "0"));
    }
    registry(namespace, items.encode());
  }

  /** What the registry says of a namespace. */
  void registry(String namespace, String items) {
    write("registry/" + namespace + ".json", items);
  }

  /** A plugin in a folder; returns its address. */
  String plugin(String name, String script) {
    Path file = write("plugins/" + name + "/plugin.sh", "#!/bin/sh\n" + script + "\n");
    executable(file);
    return "path:" + file.getParent();
  }

  /** A plugin in a repository, or its next version; returns its address. */
  String repository(String name, String script) throws IOException, GitAPIException {
    Path work = path.resolve("repositories/" + name);
    if (!Files.exists(work)) {
      Git.init().setDirectory(work.toFile()).setInitialBranch("release").call().close();
    }
    executable(write("repositories/" + name + "/plugin.sh", "#!/bin/sh\n" + script + "\n"));
    try (Git git = Git.open(work.toFile())) {
      git.add().addFilepattern(".").call();
      git.commit()
          .setMessage("Next")
          .setAuthor("a", "a@example.com")
          .setCommitter("a", "a@example.com")
          .setSign(false)
          .call();
    }
    return "file://" + work;
  }

  /** A jar with a Java plugin of the tests' own class path. */
  void javaPlugin(Class<?> plugin) throws IOException {
    Path jar = path.resolve("java/plugin.jar");
    Files.createDirectories(jar.getParent());
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("META-INF/services/io.loda.agent.plugin.MetricPlugin"));
      out.write(plugin.getName().getBytes(UTF_8));
      out.closeEntry();
    }
  }

  Path write(String name, String text) {
    Path file = path.resolve(name);
    try {
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The lines of a file; none where there is no file. */
  List<String> lines(String name) {
    Path file = path.resolve(name);
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void executable(Path file) {
    try {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
