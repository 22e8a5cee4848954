package io.loda.agent.schedule;

import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.StreamingSource;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings what a stream gives, in its own thread, to the scheduler's event loop. */
final class StreamOfJob implements StreamingSource.Listener {

  private static final Logger LOG = LoggerFactory.getLogger(StreamOfJob.class);

  private final EventLoop loop;
  private final StreamingSource source;
  private final Function<List<Batch>, Future<Void>> deliver;
  private final BiConsumer<Collected, Boolean> noted;

  /**
   * Made on the event loop.
   *
   * @param noted is told of each end, with true, and of a while that it ran well, with false
   */
  StreamOfJob(
      EventLoop loop,
      StreamingSource source,
      Function<List<Batch>, Future<Void>> deliver,
      BiConsumer<Collected, Boolean> noted) {
    this.loop = loop;
    this.source = source;
    this.deliver = deliver;
    this.noted = noted;
  }

  void start() {
    source.start(this);
  }

  void halt() {
    source.halt().onFailure(e -> LOG.warn("a stream can't be ended: {}", e.toString()));
  }

  boolean isRunning() {
    return source.isRunning();
  }

  @Override
  public Future<Void> given(List<Batch> batches) {
    return loop.call(() -> deliver.apply(batches));
  }

  @Override
  public Future<Void> well() {
    return loop.call(
        () -> {
          noted.accept(new Collected(List.of(), "", ""), false);
          return Future.succeededFuture();
        });
  }

  @Override
  public Future<Void> ended(Collected run) {
    return loop.call(
        () -> {
          Future<Void> delivered = deliver.apply(run.batches());
          noted.accept(run, true);
          return delivered;
        });
  }
}
