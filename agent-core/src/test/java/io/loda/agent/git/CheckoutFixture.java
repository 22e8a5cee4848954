package io.loda.agent.git;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A repository, and the checkouts of an agent that fetches in this process. */
abstract class CheckoutFixture {

  Path folder;
  TestRepository repository;
  Checkouts checkouts;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    repository = new TestRepository(folder, "demo");
    checkouts = Checkouts.inProcess(folder);
  }

  @AfterEach
  void close() {
    checkouts.close();
    repository.close();
  }
}
