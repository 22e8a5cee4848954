package io.loda.agent.output.nsq;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;

/**
 * Reads frames from the bytes of nsqd: size of what follows (4 bytes), type (4 bytes), data.
 * Reports the first bytes that can't be a frame for a publisher, and reads nothing after them.
 */
final class NsqFrames implements Handler<Buffer> {

  static final int RESPONSE = 0;
  static final int ERROR = 1;

  /** Bounds a frame: a publisher gets {@code OK}, heartbeats, errors and two short JSON objects. */
  private static final int MAX_BYTES = 64 * 1024;

  private static final int HEAD_BYTES = 8;
  private static final int SHOWN_BYTES = 32;

  /** Gets the frames. */
  interface Listener {
    void frame(int type, Buffer data);

    void garbage(String reason);
  }

  private final Listener listener;
  private Buffer rest = Buffer.buffer();
  private boolean broken;

  NsqFrames(Listener listener) {
    this.listener = listener;
  }

  @Override
  public void handle(Buffer chunk) {
    if (broken) {
      return;
    }
    Buffer all = rest.length() == 0 ? chunk : rest.appendBuffer(chunk);
    int at = 0;
    while (all.length() - at >= HEAD_BYTES && !broken) {
      int size = all.getInt(at);
      int type = all.getInt(at + 4);
      if (size < 4 || size > MAX_BYTES || (type != RESPONSE && type != ERROR)) {
        broken = true;
        listener.garbage("it says " + shown(all, at) + ": is it an nsqd, and its TCP port?");
        return;
      }
      int end = at + 4 + size;
      if (end > all.length()) {
        break;
      }
      listener.frame(type, all.getBuffer(at + HEAD_BYTES, end));
      at = end;
    }
    rest = at == all.length() ? Buffer.buffer() : all.getBuffer(at, all.length());
  }

  private static String shown(Buffer all, int at) {
    int end = Math.min(all.length(), at + SHOWN_BYTES);
    String text = new String(all.getBytes(at, end), ISO_8859_1);
    return '"' + text.replaceAll("[^ -~]", ".") + '"';
  }
}
