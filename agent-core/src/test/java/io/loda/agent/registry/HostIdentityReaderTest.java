package io.loda.agent.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.Configs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostIdentityReaderTest {

  private final Path root;

  HostIdentityReaderTest(@TempDir Path root) {
    this.root = root;
  }

  @BeforeEach
  void aHost() throws IOException {
    Files.createDirectories(root.resolve("proc/sys/kernel"));
    Files.createDirectories(root.resolve("sys/class/dmi/id"));
    Files.writeString(root.resolve("proc/sys/kernel/hostname"), "web1\n");
    Files.writeString(root.resolve("sys/class/dmi/id/product_serial"), " SN 12\n");
  }

  @Test
  void readsNameAndSerialNumber() {
    HostIdentity identity = read("", List.of());

    assertThat(identity.hostname()).isEqualTo("web1");
    assertThat(identity.serialNumber()).isEqualTo("SN12");
  }

  @Test
  void theConfiguredNameGoesFirst() {
    assertThat(read("web2", List.of()).hostname()).isEqualTo("web2");
  }

  @Test
  void aHostWithoutANameInProcStillHasOne() throws IOException {
    Files.writeString(root.resolve("proc/sys/kernel/hostname"), "\n");

    assertThat(read("", List.of()).hostname()).isNotBlank();
  }

  @Test
  void whatCanNotBeReadIsLeftEmpty() throws IOException {
    Files.delete(root.resolve("sys/class/dmi/id/product_serial"));

    assertThat(read("", List.of()).serialNumber()).isEmpty();
  }

  @Test
  void loopbackIsNoAddressOfTheHost() {
    assertThat(read("", List.of("")).ips()).doesNotContain("127.0.0.1", "::1").isSorted();
    assertThat(read("", List.of("lo")).ips()).isEmpty();
    assertThat(read("", List.of("none-such")).ips()).isEmpty();
  }

  private HostIdentity read(String hostname, List<String> interfaces) {
    return new HostIdentityReader(
            Configs.host(
                hostname,
                interfaces,
                root,
                root,
                root.resolve("agent.pid"),
                "small",
                List.of(),
                root.resolve("proc"),
                root.resolve("sys"),
                root))
        .read();
  }
}
