package io.loda.agent.git.fetch;

import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Where children work on what strangers made: a folder each, and where the agent is root a user
 * each, so that one sees nothing of another's and nothing of the agent's. Any thread; blocks.
 */
public final class Workplaces {

  private final Path dir;
  private final FetchUser.Source users;
  private final BlockingQueue<Integer> free = new ArrayBlockingQueue<>(FetchTurns.AT_ONCE);

  /**
   * As many as there are turns.
   *
   * @param dir a folder of the agent's, which those users can go through
   */
  public Workplaces(Path dir, FetchUser.Source users) {
    this.dir = dir;
    this.users = users;
    for (int i = 0; i < FetchTurns.AT_ONCE; i++) {
      free.add(i);
    }
  }

  /** Where they are. */
  Path dir() {
    return dir;
  }

  /** Takes one, in which nothing is and nothing runs; waits until one is free. To be closed. */
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
