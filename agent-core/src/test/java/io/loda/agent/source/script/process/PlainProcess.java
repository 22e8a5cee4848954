package io.loda.agent.source.script.process;

import io.loda.agent.source.script.result.RunResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A run whose output is kept, without a control group, started by its own worker. */
public final class PlainProcess {

  private final WholeOutput output;
  private final PluginProcess process;

  public PlainProcess(
      PluginProcess.Pipes pipes,
      List<String> command,
      Path folder,
      Map<String, String> environment,
      Duration timeout,
      long maxOutputBytes) {
    output = new WholeOutput(maxOutputBytes, null);
    process =
        new PluginProcess(
            pipes,
            ProcessBuilder::start,
            RunGroup.NONE,
            RunSigns.Environments.ALL,
            command,
            folder,
            environment,
            timeout,
            output,
            new PluginProcess.Most(maxOutputBytes, Long.MAX_VALUE, Long.MAX_VALUE, false),
            busy -> {});
  }

  public RunResult run() throws InterruptedException {
    return process.run();
  }

  public void cancel() {
    process.cancel();
  }

  /** Complete once {@link #run} came back. */
  public byte[] output() {
    return Arrays.copyOf(output.array(), output.kept());
  }
}
