package io.loda.agent.builtin.container;

import io.loda.agent.builtin.kit.Host;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * containerd without Docker, as below Kubernetes or nerdctl: its gRPC API on its unix socket.
 *
 * <p>Fields are numbered as in {@code containerd/services/containers/v1/containers.proto}.
 */
final class ContainerdEngine implements ContainerEngine {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final int MOST_BYTES = 32 << 20;
  private static final String LIST = "/containerd.services.containers.v1.Containers/List";

  /** Kubernetes', and that of nerdctl and ctr. Docker's own is asked through Docker. */
  private static final List<String> NAMESPACES = List.of("k8s.io", "default");

  private static final int CONTAINERS = 1;
  private static final int ID = 1;
  private static final int LABELS = 2;
  private static final int IMAGE = 3;
  private static final int KEY = 1;
  private static final int VALUE = 2;

  private final Path socket;

  ContainerdEngine(Host host) {
    this.socket = host.resolve("/run/containerd/containerd.sock");
  }

  @Override
  public Map<String, Container> containers() throws IOException {
    Map<String, Container> containers = new HashMap<>();
    if (!Files.exists(socket)) {
      return containers;
    }
    for (String namespace : NAMESPACES) {
      byte[] answer =
          UnixGrpc.call(
              socket, LIST, Map.of("containerd-namespace", namespace), TIMEOUT, MOST_BYTES);
      for (ProtoMessage container : ProtoMessage.of(ByteBuffer.wrap(answer)).messages(CONTAINERS)) {
        Map<String, String> labels = new HashMap<>();
        for (ProtoMessage label : container.messages(LABELS)) {
          labels.put(label.text(KEY), label.text(VALUE));
        }
        containers.put(container.text(ID), new Container(name(labels), container.text(IMAGE)));
      }
    }
    return containers;
  }

  /** {@code pod/container} below Kubernetes, {@code pod} for the container that holds it. */
  private static String name(Map<String, String> labels) {
    String pod = labels.getOrDefault("io.kubernetes.pod.name", "");
    String container = labels.getOrDefault("io.kubernetes.container.name", "");
    if (pod.isEmpty()) {
      return labels.getOrDefault("nerdctl/name", "");
    }
    return container.isEmpty() ? pod : pod + "/" + container;
  }
}
