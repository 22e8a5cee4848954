package io.loda.agent.schedule;

import io.loda.agent.source.Collected;
import io.loda.agent.source.HangingException;
import io.loda.agent.source.PluginRun;
import io.loda.agent.source.script.result.RunResult;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Records a run of a Java plugin like one of a script. */
final class JavaRun {

  private JavaRun() {}

  /**
   * Runs it and reports the run before the returned future's other listeners hear of it.
   *
   * @param type {@code regular}, or {@code call} for a run by hand
   */
  static Future<Collected> remembered(
      String type, Supplier<Future<Collected>> run, Consumer<PluginRun> told) {
    Instant begun = Instant.now();
    long start = System.nanoTime();
    return Future.succeededFuture()
        .compose(unused -> run.get())
        .onComplete(
            collected ->
                told.accept(
                    of(
                        type,
                        begun,
                        result(collected, Duration.ofNanos(System.nanoTime() - start)))));
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

  private static PluginRun of(String type, Instant begun, RunResult result) {
    return new PluginRun(
        begun,
        result.outcome().tag(),
        false,
        type,
        "",
        result.exitCode(),
        result.duration(),
        0,
        result.points(),
        0,
        List.of(),
        0,
        0,
        0,
        0,
        0,
        result.detail(),
        "",
        "");
  }
}
