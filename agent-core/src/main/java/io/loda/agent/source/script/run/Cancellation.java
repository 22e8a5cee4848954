package io.loda.agent.source.script.run;

import io.loda.agent.source.script.process.PluginProcess;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Cancels the runs that were begun with it, current and future ones. Any thread. */
public final class Cancellation {

  private final Set<PluginProcess> running = ConcurrentHashMap.newKeySet();
  private volatile boolean cancelled;

  public void cancel() {
    cancelled = true;
    running.forEach(PluginProcess::cancel);
  }

  public boolean isCancelled() {
    return cancelled;
  }

  void begin(PluginProcess process) {
    running.add(process);
    if (cancelled) {
      process.cancel();
    }
  }

  void end(PluginProcess process) {
    running.remove(process);
  }
}
