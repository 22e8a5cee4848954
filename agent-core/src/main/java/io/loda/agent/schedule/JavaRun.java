package io.loda.agent.schedule;

import io.loda.agent.source.Collected;
import io.loda.agent.source.HangingException;
import io.loda.agent.source.script.result.RunResult;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Records a run of a Java plugin like one of a script. */
final class JavaRun {

  private JavaRun() {}

  /** Runs it and reports the run before the returned future's other listeners hear of it. */
  static Future<Collected> remembered(Supplier<Future<Collected>> run, Consumer<RunResult> told) {
    long start = System.nanoTime();
    return Future.succeededFuture()
        .compose(unused -> run.get())
        .onComplete(
            collected ->
                told.accept(result(collected, Duration.ofNanos(System.nanoTime() - start))));
  }

  static RunResult result(AsyncResult<Collected> run, Duration took) {
    if (run.failed()) {
      return RunResult.withoutProcess(
          run.cause() instanceof HangingException
              ? RunResult.Outcome.TIMEOUT
              : RunResult.Outcome.FAILED,
          took,
          String.valueOf(run.cause().getMessage() == null ? run.cause() : run.cause().getMessage()),
          List.of());
    }
    return RunResult.withoutProcess(
        RunResult.Outcome.OK,
        took,
        "",
        run.result().batches().stream().flatMap(batch -> batch.metrics().stream()).toList());
  }
}
