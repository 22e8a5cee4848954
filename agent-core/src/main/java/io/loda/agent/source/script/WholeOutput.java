package io.loda.agent.source.script;

import java.io.ByteArrayOutputStream;

/** All that a run prints, up to a limit. */
final class WholeOutput implements RunOutput {

  private final long maxBytes;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  WholeOutput(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public void write(byte[] chunk, int length) {
    bytes.write(chunk, 0, length);
  }

  @Override
  public boolean tooLarge() {
    return bytes.size() > maxBytes;
  }

  @Override
  public long size() {
    return bytes.size();
  }

  @Override
  public byte[] bytes() {
    return bytes.toByteArray();
  }
}
