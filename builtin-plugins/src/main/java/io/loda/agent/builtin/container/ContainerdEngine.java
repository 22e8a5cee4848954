package io.loda.agent.builtin.container;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.loda.agent.builtin.kit.HostTrees;
import io.loda.common.files.Opened;
import io.loda.common.files.Owners;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the names of containers of containerd without Docker, as below Kubernetes or nerdctl, from
 * the file that it writes for runc for each running container. Its annotations have the names since
 * containerd 1.5. They have the image of Kubernetes' containers, but not of pod sandboxes (only
 * since 2.0) nor of nerdctl's containers.
 *
 * <p>The names of the annotations are defined in containerd's {@code internal/cri/annotations} and
 * in nerdctl's {@code pkg/labels}, which nerdctl copies to the annotations.
 */
final class ContainerdEngine implements ContainerEngine {
  private static final int MOST_BYTES = 1 << 20;
  private static final JsonFactory JSON = new JsonFactory();
  private static final String CRI = "io.kubernetes.cri.";

  /** The namespaces of Kubernetes, and of nerdctl and ctr. Docker's own is read through Docker. */
  private static final List<String> NAMESPACES = List.of("k8s.io", "default");

  private final Path tasks;

  ContainerdEngine(HostTrees host) {
    this.tasks = host.resolve("/run/containerd/io.containerd.runtime.v2.task");
  }

  @Override
  public Map<String, Container> containers(Set<String> ids) throws IOException {
    Map<String, Container> containers = new HashMap<>();
    IOException failed = null;
    for (String namespace : NAMESPACES) {
      for (String id : ids) {
        Path file = tasks.resolve(namespace).resolve(id).resolve("config.json");
        try {
          containers.putIfAbsent(id, container(annotations(file)));
        } catch (NoSuchFileException e) {
          // another engine runs it, or it ended meanwhile
        } catch (JsonProcessingException e) {
          failed = new IOException(file + " isn't JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
          failed = e;
        }
      }
    }
    if (failed != null && containers.isEmpty()) {
      throw failed;
    }
    return containers;
  }

  private static Map<String, String> annotations(Path file) throws IOException {
    String text;
    try (Opened opened = SafeFiles.openRegular(file)) {
      if (!Owners.ours().uids().contains(opened.stat().uid())) {
        throw new IOException(file + " belongs to the user with id " + opened.stat().uid());
      }
      text = opened.text(MOST_BYTES);
    }
    Map<String, String> annotations = new HashMap<>();
    try (JsonParser json = JSON.createParser(text)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = json.currentName().equals("annotations");
        if (json.nextToken() != JsonToken.START_OBJECT || !wanted) {
          json.skipChildren();
          continue;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String key = json.currentName();
          if (json.nextToken() == JsonToken.VALUE_STRING) {
            annotations.put(key, json.getText());
          } else {
            json.skipChildren();
          }
        }
      }
    }
    return annotations;
  }

  private static Container container(Map<String, String> annotations) {
    return new Container(
        name(annotations),
        annotations.getOrDefault(
            CRI + "image-name", annotations.getOrDefault(CRI + "podsandbox.image-name", "")));
  }

  /** Returns {@code pod/container} below Kubernetes, {@code pod} for the pod's sandbox. */
  private static String name(Map<String, String> annotations) {
    String pod = annotations.getOrDefault(CRI + "sandbox-name", "");
    String container = annotations.getOrDefault(CRI + "container-name", "");
    if (pod.isEmpty()) {
      return annotations.getOrDefault("nerdctl/name", "");
    }
    return container.isEmpty() ? pod : pod + "/" + container;
  }
}
