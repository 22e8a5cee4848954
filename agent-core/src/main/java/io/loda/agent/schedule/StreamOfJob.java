package io.loda.agent.schedule;

import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.StreamingSource;
import io.loda.agent.timers.EventLoop;
import io.loda.common.files.FileReason;
import io.vertx.core.Future;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the events of a stream's thread to its job on the scheduler's event loop. */
final class StreamOfJob implements StreamingSource.StreamListener {

  private static final Logger LOG = LoggerFactory.getLogger(StreamOfJob.class);

  private final EventLoop loop;
  private final StreamingSource source;
  private final Job job;

  StreamOfJob(EventLoop loop, StreamingSource source, Job job) {
    this.loop = loop;
    this.source = source;
    this.job = job;
  }

  void start() {
    source.start(this);
  }

  void halt() {
    source
        .halt()
        .onFailure(
            e ->
                LOG.warn(
                    "plugin {}: end of the stream failed: {}",
                    job.assignment().key(),
                    FileReason.of(e)));
  }

  boolean isRunning() {
    return source.isRunning();
  }

  @Override
  public Future<Void> given(List<Batch> batches) {
    return loop.call(() -> job.streamGave(batches));
  }

  @Override
  public Future<Void> well(String commit) {
    return loop.call(
        () -> {
          job.streamRanWell(commit);
          return Future.succeededFuture();
        });
  }

  @Override
  public Future<Void> ended(Collected run) {
    return loop.call(() -> job.streamEnded(run));
  }
}
