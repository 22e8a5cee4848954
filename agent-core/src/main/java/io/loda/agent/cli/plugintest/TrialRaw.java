package io.loda.agent.cli.plugintest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.source.script.output.RunWatcher;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** Collects the raw output of a tried plugin, if it was asked for. Any thread. */
final class TrialRaw implements RunWatcher {

  private static final int MOST_BYTES = 16 * 1024 * 1024;

  private final boolean wanted;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Makes one that keeps nothing unless the output is wanted. */
  TrialRaw(boolean wanted) {
    this.wanted = wanted;
  }

  @Override
  public synchronized void printed(byte[] output, int length) {
    if (wanted) {
      bytes.write(output, 0, Math.min(length, MOST_BYTES - bytes.size()));
    }
  }

  @Override
  public void refused(String reason) {}

  /** Returns the output since the last call. */
  synchronized List<String> lines() {
    String text = bytes.toString(UTF_8);
    bytes.reset();
    return text.lines().toList();
  }
}
