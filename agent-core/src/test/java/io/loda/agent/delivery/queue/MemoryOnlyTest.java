package io.loda.agent.delivery.queue;

import static io.loda.agent.delivery.Points.MIB;

class MemoryOnlyTest extends QueueContract {

  @Override
  Waiting create() {
    return new MemoryQueue(4 * MIB, dropped, () -> {});
  }
}
