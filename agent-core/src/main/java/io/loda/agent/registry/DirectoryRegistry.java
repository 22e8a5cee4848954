package io.loda.agent.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.HoconItems;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * A folder with one file a namespace: {@code <ns>.json} or {@code <ns>.conf} (HOCON), each the list
 * of items as the HTTP registry answers it.
 */
final class DirectoryRegistry implements Registry {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path folder;
  private final WorkerExecutor worker;

  DirectoryRegistry(Vertx vertx, AgentConfig.Registry config) {
    this.folder = config.directory();
    this.worker = vertx.createSharedWorkerExecutor("registry-directory", 1);
  }

  @Override
  public String description() {
    return "the folder " + folder;
  }

  @Override
  public Future<Map<String, String>> namespaces(HostIdentity host) {
    return worker.executeBlocking(this::list);
  }

  @Override
  public Future<String> items(String namespace) {
    return worker.executeBlocking(() -> read(namespace));
  }

  @Override
  public Future<Void> report(Report report) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> close() {
    return worker.close();
  }

  private Map<String, String> list() throws RegistryException {
    Map<String, String> namespaces = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{json,conf}")) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        namespaces.put(name.substring(0, name.lastIndexOf('.')), "");
      }
    } catch (IOException e) {
      throw new RegistryException(
          "registry.directory.path: expected a readable folder, found " + e);
    }
    if (namespaces.isEmpty()) {
      throw new RegistryException(
          folder + ": expected a file <namespace>.json or <namespace>.conf, found none");
    }
    return namespaces;
  }

  private String read(String namespace) throws RegistryException {
    Path json = folder.resolve(namespace + ".json");
    Path conf = folder.resolve(namespace + ".conf");
    if (Files.exists(json) && Files.exists(conf)) {
      throw new RegistryException(
          folder + ": expected one file for " + namespace + ", found .json and .conf; remove one");
    }
    try {
      if (Files.exists(conf)) {
        return HoconItems.read(conf);
      }
      JsonNode items = MAPPER.readTree(Files.readString(json));
      if (!items.isArray()) {
        throw new RegistryException(
            json + ": expected a JSON list of items, found " + items.getNodeType());
      }
      return items.toString();
    } catch (JsonProcessingException e) {
      throw new RegistryException(
          json + ": expected a JSON list of items, found " + e.getOriginalMessage());
    } catch (IOException | IllegalArgumentException e) {
      throw new RegistryException(folder + ", namespace " + namespace + ": " + e.getMessage());
    }
  }
}
