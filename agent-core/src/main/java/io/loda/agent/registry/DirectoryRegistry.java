package io.loda.agent.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.loda.agent.assignment.ItemList;
import io.loda.agent.config.AgentConfig;
import io.loda.common.config.HoconItems;
import io.loda.common.files.FileReason;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/**
 * Reads a folder with one file for each namespace: {@code <ns>.json} or {@code <ns>.conf} (HOCON),
 * with the list of items in the form of the HTTP registry's answer.
 */
final class DirectoryRegistry implements Registry {

  private static final int MAX_FILES = 10_000;

  private final Path folder;
  private final long maxBytes;
  private final int maxItems;
  private final WorkerExecutor worker;

  DirectoryRegistry(Vertx vertx, AgentConfig.RegistryConfig config) {
    this.folder = config.directory();
    this.maxBytes = config.maxAnswerBytes();
    this.maxItems = config.maxItems();
    this.worker = vertx.createSharedWorkerExecutor("registry-directory", 1);
  }

  @Override
  public String description() {
    return "the folder " + folder;
  }

  @Override
  public Future<Map<String, String>> namespaces(HostIdentity host) {
    return onWorker(this::list);
  }

  @Override
  public Future<ItemList> items(String namespace) {
    return onWorker(() -> read(namespace));
  }

  @Override
  public Future<Void> report(Report report) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> close() {
    return worker.close();
  }

  /** Runs it on the worker; a closed worker throws, which becomes a failure, too. */
  private <T> Future<T> onWorker(Callable<T> read) {
    return Future.succeededFuture().compose(unused -> worker.executeBlocking(read, false));
  }

  private Map<String, String> list() throws RegistryException {
    Map<String, String> namespaces = new TreeMap<>();
    try (Opened opened = SafeFiles.openFolder(folder)) {
      for (Path file : opened.names(MAX_FILES)) {
        String name = file.toString();
        // editors leave hidden files
        if (!name.startsWith(".")
            && (name.endsWith(".json") || name.endsWith(".conf"))
            && !isFolder(opened, file)) {
          namespaces.put(name.substring(0, name.lastIndexOf('.')), "");
        }
      }
    } catch (IOException e) {
      throw new RegistryException(
          "registry.directory.path: expected a readable folder, found: " + FileReason.of(e));
    }
    if (namespaces.isEmpty()) {
      throw new RegistryException(
          folder + ": expected a file <namespace>.json or <namespace>.conf, found none");
    }
    return namespaces;
  }

  private static boolean isFolder(Opened folder, Path name) throws IOException {
    try (Opened opened = folder.child(name)) {
      return opened.stat().isFolder();
    } catch (NoSuchFileException e) {
      return true; // it was deleted after it was listed
    }
  }

  private ItemList read(String namespace) throws RegistryException {
    Path json = folder.resolve(namespace + ".json");
    Path conf = folder.resolve(namespace + ".conf");
    if (Files.exists(json) && Files.exists(conf)) {
      throw new RegistryException(
          folder + ": expected one file for " + namespace + ", found .json and .conf; remove one");
    }
    Path file = Files.exists(conf) ? conf : json;
    boolean open = false;
    try (Opened opened = SafeFiles.openRegular(file)) {
      int most = (int) Math.min(maxBytes, Integer.MAX_VALUE);
      // the log must not show parts of a file that not everybody may read
      open = opened.hidden().isEmpty();
      byte[] text =
          file.equals(conf)
              ? HoconItems.read(opened.text(most), open).getBytes(UTF_8)
              : opened.readAll(most);
      return ItemList.of(text, maxItems);
    } catch (JsonProcessingException e) {
      throw new RegistryException(
          file
              + ": expected a JSON list of items, found "
              + (open ? e.getOriginalMessage() : "a mistake")
              + " (line "
              + (e.getLocation() == null ? "?" : e.getLocation().getLineNr())
              + ")");
    } catch (CharacterCodingException e) {
      throw new RegistryException(file + ": expected UTF-8, found other bytes");
    } catch (NoSuchFileException e) {
      throw new RegistryException(
          folder
              + ": expected a file "
              + json.getFileName()
              + " or "
              + conf.getFileName()
              + ", found none");
    } catch (IOException e) {
      throw new RegistryException(
          file + ": expected a file that can be read, found: " + FileReason.of(e));
    } catch (IllegalArgumentException e) {
      throw new RegistryException(file + ": " + e.getMessage());
    }
  }
}
