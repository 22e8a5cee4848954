package io.loda.agent.git.fetch;

import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The workplaces of children that read untrusted data. Each has a folder and, if the agent is root,
 * a user of its own, so that no child sees files of another or of the agent. Any thread; blocks.
 */
public final class Workplaces {

  private final Path dir;
  private final FetchUser.Source users;
  private final BlockingQueue<Integer> free = new ArrayBlockingQueue<>(FetchTurns.AT_ONCE);

  /**
   * Creates as many workplaces as there are fetches at once.
   *
   * @param dir a folder of the agent that those users can go through
   */
  public Workplaces(Path dir, FetchUser.Source users) {
    this.dir = dir;
    this.users = users;
    for (int i = 0; i < FetchTurns.AT_ONCE; i++) {
      free.add(i);
    }
  }

  Path dir() {
    return dir;
  }

  /** Takes a free workplace, without files and processes; waits for one. Must be closed. */
  Workplace open() throws IOException, InterruptedException {
    int number = free.take();
    try {
      OwnFiles.createPassable(dir);
      Optional<FetchUser> user = users.of(number);
      Workplace place =
          new Workplace(dir.resolve(Integer.toString(number)), user, () -> free.add(number));
      place.prepare();
      return place;
    } catch (IOException | RuntimeException e) {
      free.add(number);
      throw e;
    }
  }
}
