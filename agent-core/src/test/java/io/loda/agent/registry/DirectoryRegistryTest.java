package io.loda.agent.registry;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.Configs;
import io.loda.common.files.Attacker;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryRegistryTest extends RegistryContract {

  private final Path folder;

  DirectoryRegistryTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Override
  Registry registry(Map<String, String> items) throws IOException {
    for (Map.Entry<String, String> entry : items.entrySet()) {
      Files.writeString(folder.resolve(entry.getKey() + ".json"), entry.getValue());
    }
    return of(folder);
  }

  private Registry of(Path path) {
    return Registries.create(
        vertx,
        Configs.registry("directory", path, "", null, Duration.ZERO, Duration.ZERO, Duration.ZERO));
  }

  @Test
  void readsHoconToo() throws Exception {
    Files.writeString(
        folder.resolve("pool.loda.conf"),
        "# the pool\n[ { measurement_type = CPU, name = cpu.idle, interval = 10 } ]");
    Registry registry = registry(Map.of("web.loda", CPU));

    assertThat(await(registry.namespaces(HOST))).containsOnlyKeys("pool.loda", "web.loda");
    assertThat(new JsonArray(await(registry.items("pool.loda")).toString()))
        .isEqualTo(
            new JsonArray(
                "[{\"measurement_type\":\"CPU\",\"name\":\"cpu.idle\",\"interval\":\"10\"}]"));
  }

  /** Whoever writes it wants no items; a file that says nothing may be half written. */
  @Test
  void anEmptyListAssignsNothing() throws Exception {
    Files.writeString(folder.resolve("a.conf"), "# nothing any more\n[ ]");
    Files.writeString(folder.resolve("b.json"), " [] ");
    Files.writeString(folder.resolve("c.conf"), "# nothing yet");

    assertThat(await(of(folder).items("a"))).hasToString("[]");
    assertThat(await(of(folder).items("b"))).hasToString("[]");
    assertThat(failure(of(folder).items("c"))).hasMessageContaining("expected a list of items");
  }

  @Test
  void aBrokenHoconFileIsItsNamespacesFailure() throws Exception {
    Path broken = Files.writeString(folder.resolve("pool.loda.conf"), "\n[ { name = \"x } ]");
    Registry registry = registry(Map.of("web.loda", CPU));

    assertThat(failure(registry.items("pool.loda")))
        .isInstanceOf(RegistryException.class)
        .hasMessageStartingWith(broken + ": expected a list of items in HOCON, found");
    assertThat(await(registry.items("web.loda")).toString()).isEqualTo(CPU);
  }

  @Test
  void twoFilesForOneNamespaceAreRefused() throws Exception {
    Files.writeString(folder.resolve("pool.loda.conf"), CPU);
    Registry registry = registry(Map.of("pool.loda", CPU));

    assertThat(failure(registry.items("pool.loda")))
        .hasMessageContaining("expected one file for pool.loda, found .json and .conf");
  }

  @Test
  void aMissingFolderIsSaidByItsKey() throws Exception {
    Path missing = folder.resolve("none");

    assertThat(failure(of(missing).namespaces(HOST)))
        .isInstanceOf(RegistryException.class)
        .hasMessageStartingWith("registry.directory.path: expected a readable folder, found: ")
        .hasMessageContaining(missing.toString());
  }

  @Test
  void aMissingFileIsSaidByBothNamesThatItMayHave() throws Exception {
    Path missing = folder.resolve("none");

    assertThat(failure(of(missing).items("other.ns")))
        .isInstanceOf(RegistryException.class)
        .hasMessage(missing + ": expected a file other.ns.json or other.ns.conf, found none");
  }

  @Test
  void anErrorInJsonNamesTheLine() throws Exception {
    Registry registry = registry(Map.of("pool.loda", "[\n  {\"name\": }\n]"));

    assertThat(failure(registry.items("pool.loda")))
        .hasMessageStartingWith(folder.resolve("pool.loda.json").toString())
        .hasMessageEndingWith("(line 2)");
  }

  @Test
  void aFileInAnotherEncodingIsAFailureInWords() throws Exception {
    Files.write(folder.resolve("pool.loda.json"), new byte[] {'[', '"', (byte) 0xff, '"', ']'});

    assertThat(failure(of(folder).items("pool.loda")))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("expected UTF-8, found other bytes");
  }

  @Test
  void aPipeADeviceAndALargeFileCostTheirOwnNamespaceOnly() throws Exception {
    Registry registry = registry(Map.of("web.loda", CPU));
    new ProcessBuilder("mkfifo", folder.resolve("pipe.loda.json").toString()).start().waitFor();
    new ProcessBuilder("mkfifo", folder.resolve("hocon.loda.conf").toString()).start().waitFor();
    Files.createSymbolicLink(folder.resolve("zero.loda.json"), Path.of("/dev/zero"));
    try (var large = new java.io.RandomAccessFile(folder.resolve("big.loda.conf").toFile(), "rw")) {
      large.setLength(60 << 20);
    }

    assertThat(await(registry.namespaces(HOST)))
        .containsOnlyKeys("web.loda", "pipe.loda", "hocon.loda", "zero.loda", "big.loda");
    assertThat(failure(registry.items("pipe.loda"))).hasMessageContaining("is a named pipe");
    assertThat(failure(registry.items("hocon.loda"))).hasMessageContaining("is a named pipe");
    assertThat(failure(registry.items("zero.loda"))).hasMessageContaining("is a device");
    assertThat(failure(registry.items("big.loda"))).hasMessageContaining("larger than 4194304");
    assertThat(await(registry.items("web.loda")).toString()).isEqualTo(CPU);
  }

  @Test
  void anErrorShowsNothingOfAFileThatNotEverybodyMayRead() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "[ rootsecret ]");
    Files.setAttribute(secret, "unix:mode", 0600);
    Files.createSymbolicLink(folder.resolve("a.json"), secret);
    Files.createSymbolicLink(folder.resolve("b.conf"), secret);
    Files.writeString(secret, "rootsecret:x:0");

    for (String namespace : java.util.List.of("a", "b")) {
      Throwable failure = failure(of(folder).items(namespace));
      assertThat(failure).hasMessageContaining("expected a");
      assertThat(failure.toString()).doesNotContain("rootsecret");
    }
  }

  @Test
  void followsNoLinkOfAnotherUser() throws Exception {
    Attacker.assumePossible();
    Path secret = Files.writeString(folder.resolve("secret"), CPU);
    Files.setAttribute(folder, "unix:mode", 0755);
    Path theirs = Attacker.folder(folder.resolve("theirs"));
    Attacker.sh("ln -s \"$1\" \"$2\"/a.json", secret, theirs);

    assertThat(failure(of(theirs).items("a"))).hasMessageContaining("isn't followed");
  }

  @Test
  void foldersEditorsFilesAndOthersAreNoNamespaces() throws Exception {
    Files.createDirectory(folder.resolve("folder.conf"));
    Files.writeString(folder.resolve(".#pool.loda.conf"), "");
    Files.writeString(folder.resolve("README.md"), "");

    assertThat(await(registry(Map.of("pool.loda", CPU)).namespaces(HOST)))
        .containsOnlyKeys("pool.loda");
  }

  @Test
  void aChangedFileIsReadAgain() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));
    await(registry.items("pool.loda"));
    registry(Map.of("pool.loda", MEM));

    assertThat(await(registry.items("pool.loda")).toString()).isEqualTo(MEM);
  }

  @Test
  void saysWhereItLooks() {
    assertThat(of(folder).description()).isEqualTo("the folder " + folder);
  }
}
