package io.loda.agent.output.nsq;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.json.JsonObject;

/** The commands of a publisher to nsqd, as bytes. */
final class NsqCommands {

  private static final byte[] MAGIC = "  V2".getBytes(US_ASCII);

  private NsqCommands() {}

  /** Returns IDENTIFY, after the protocol's first bytes. */
  static Buffer identify(JsonObject client) {
    byte[] json = client.encode().getBytes(UTF_8);
    return Buffer.buffer(json.length + 32)
        .appendBytes(MAGIC)
        .appendString("IDENTIFY\n")
        .appendInt(json.length)
        .appendBytes(json);
  }

  static Buffer auth(Buffer secret) {
    return Buffer.buffer("AUTH\n").appendInt(secret.length()).appendBuffer(secret);
  }

  static Buffer nop() {
    return Buffer.buffer("NOP\n");
  }

  /** Returns PUB. It doesn't copy the body; the socket copies it once. */
  static Buffer publish(String topic, byte[] body) {
    byte[] name = topic.getBytes(US_ASCII);
    byte[] head = new byte[4 + name.length + 1 + 4];
    System.arraycopy(new byte[] {'P', 'U', 'B', ' '}, 0, head, 0, 4);
    System.arraycopy(name, 0, head, 4, name.length);
    int at = 4 + name.length;
    head[at++] = '\n';
    head[at++] = (byte) (body.length >>> 24);
    head[at++] = (byte) (body.length >>> 16);
    head[at++] = (byte) (body.length >>> 8);
    head[at] = (byte) body.length;
    return BufferInternal.buffer(Unpooled.wrappedBuffer(head, body));
  }
}
