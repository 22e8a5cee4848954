package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.loda.agent.git.fetch.FetchProcessTest;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.TreeFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repositories of a few kilobytes that would fill a disk, against the default of 64 MiB. */
class RepositoryBombTest {

  private static final int MIB = 1 << 20;

  private TestRepository repository;
  private Checkouts checkouts;
  private long mostBytes;
  private long mostResidentKilobytes;

  @BeforeEach
  void make(@TempDir Path folder) throws Exception {
    repository = new TestRepository(folder, "demo");
    checkouts = new Checkouts(folder);
  }

  @AfterEach
  void close() {
    checkouts.close();
    repository.close();
  }

  @Test
  void oneFileUnderAThousandNamesIsRefusedBeforeItIsWritten() throws Exception {
    try (ObjectInserter objects = repository.objects()) {
      ObjectId mebibyte = objects.insert(Constants.OBJ_BLOB, new byte[MIB]);
      ObjectId folder = objects.insert(names("file", 32, FileMode.EXECUTABLE_FILE, mebibyte));
      repository.commit(
          "release", objects, objects.insert(names("folder", 32, FileMode.TREE, folder)));
    }
    assertThat(bytes(repository.bare)).isLessThan(70_000);

    refused();

    assertThat(mostBytes).isLessThan(MIB);
  }

  @Test
  void foldersThatAreNestedTooDeeplyAreRefused() throws Exception {
    try (ObjectInserter objects = repository.objects()) {
      ObjectId tree = objects.insert(Constants.OBJ_BLOB, new byte[0]);
      FileMode mode = FileMode.REGULAR_FILE;
      for (int i = 0; i < 150; i++) {
        tree = objects.insert(names("d", 1, mode, tree));
        mode = FileMode.TREE;
      }
      repository.commit("release", objects, tree);
    }

    assertThatThrownBy(() -> checkouts.checkout(repository.address()))
        .hasMessageContaining("has folders nested more than 100 deep");
    assertThat(checkouts.versions()).isEmpty();
  }

  private static TreeFormatter names(String prefix, int number, FileMode mode, ObjectId of) {
    TreeFormatter tree = new TreeFormatter();
    for (int i = 0; i < number; i++) {
      tree.append("%s%02d".formatted(prefix, i), mode, of);
    }
    return tree;
  }

  private void refused() throws Exception {
    Future<PluginUpdate> fetch =
        checkouts.repositories.update("ns", "demo", repository.address(), "");
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              look();
              return fetch.isComplete();
            });

    assertThatThrownBy(() -> Checkouts.await(fetch))
        .hasMessageContaining("is larger than plugins.max-repository (67108864 bytes)");
    assertThat(checkouts.versions()).isEmpty();
    assertThat(checkouts.link).doesNotExist();
    assertThat(bytes(checkouts.dir)).isZero();
    assertThat(mostResidentKilobytes).isBetween(1L, 256L << 10);
  }

  /** At what there is now of the checkout, and of the process that fetches. */
  private void look() throws IOException {
    mostBytes = Math.max(mostBytes, bytes(checkouts.dir));
    for (ProcessHandle child : FetchProcessTest.children()) {
      Path status = Path.of("/proc", Long.toString(child.pid()), "status");
      try {
        Files.readString(status)
            .lines()
            .filter(line -> line.startsWith("VmHWM:"))
            .map(line -> Long.valueOf(line.replaceAll("\\D", "")))
            .forEach(most -> mostResidentKilobytes = Math.max(mostResidentKilobytes, most));
      } catch (IOException e) {
        // it has ended
      }
    }
  }

  private static long bytes(Path folder) throws IOException {
    long[] bytes = new long[1];
    if (Files.exists(folder)) {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              bytes[0] += attributes.size();
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    }
    return bytes[0];
  }
}
