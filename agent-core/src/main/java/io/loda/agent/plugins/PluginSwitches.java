package io.loda.agent.plugins;

import io.loda.agent.timers.Timers;
import io.loda.common.files.FileReason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Disables and enables plugins, also across restarts, and enables those again that have been
 * disabled for long. On the scheduler's event loop.
 */
public final class PluginSwitches {

  private static final Logger LOG = LoggerFactory.getLogger(PluginSwitches.class);
  private static final Duration LOOK = Duration.ofHours(1);

  private final DisabledPlugins files;
  private final Duration enableAfter;
  private final InstantSource clock;
  private final BiConsumer<String, Boolean> switched;
  private final WorkerExecutor worker;
  private final Set<String> off = new TreeSet<>();
  private Future<?> last = Future.succeededFuture();

  /**
   * All are enabled until {@link #start}.
   *
   * @param enableAfter how long a plugin stays disabled at most
   * @param switched gets the key of each that changed, and whether it is enabled
   */
  public PluginSwitches(
      Vertx vertx,
      DisabledPlugins files,
      Duration enableAfter,
      InstantSource clock,
      BiConsumer<String, Boolean> switched) {
    this.files = files;
    this.enableAfter = enableAfter;
    this.clock = clock;
    this.switched = switched;
    this.worker = vertx.createSharedWorkerExecutor("disabled-plugins", 1);
  }

  /** Reads which are disabled; now and hourly enables those that are so for long. */
  public Future<?> start(Timers timers) {
    timers.every(LOOK, LOOK, this::switchOnOld);
    return inTurn(files::load, off::addAll).eventually(this::switchOnOld);
  }

  /**
   * Runs an action after the note of the previous one. A worker with one thread isn't enough for
   * that: the listener of a completed future may run before an earlier one that still waits for the
   * event loop.
   */
  private <T> Future<T> inTurn(Callable<T> action, Consumer<T> note) {
    Future<T> done =
        last.transform(unused -> worker.executeBlocking(action, false)).onSuccess(note::accept);
    last = done;
    return done;
  }

  public boolean isOn(String key) {
    return !off.contains(key);
  }

  public Future<Void> set(String key, boolean on) {
    return inTurn(
        () -> {
          if (on) {
            files.enable(key);
          } else {
            files.disable(key);
          }
          return null;
        },
        unused -> {
          note(key, on);
          LOG.info("plugin {}: {}", key, on ? "enabled" : "disabled");
        });
  }

  private Future<?> switchOnOld() {
    return inTurn(
            () -> files.enableOlderThan(enableAfter, clock.instant()),
            keys ->
                keys.forEach(
                    key -> {
                      LOG.info("plugin {}: enabled again after {} h", key, enableAfter.toHours());
                      note(key, true);
                    }))
        .onFailure(
            e -> LOG.warn("disabled plugins: look for old ones failed: {}", FileReason.of(e)));
  }

  private void note(String key, boolean on) {
    if (on) {
      off.remove(key);
    } else {
      off.add(key);
    }
    switched.accept(key, on);
  }

  public Future<Void> close() {
    return worker.close();
  }
}
