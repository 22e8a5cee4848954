package io.loda.agent.builtin.container;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The texts and messages that a message of protobuf holds; numbers are passed over.
 *
 * @param fields in their order
 */
record ProtoMessage(List<Field> fields) {

  ProtoMessage {
    fields = List.copyOf(fields);
  }

  /**
   * @param content of a text or another message
   */
  record Field(int number, ByteBuffer content) {}

  static ProtoMessage of(ByteBuffer message) throws IOException {
    List<Field> fields = new ArrayList<>();
    ByteBuffer in = message.duplicate();
    try {
      while (in.hasRemaining()) {
        long tag = variableInteger(in);
        int skipped =
            switch ((int) (tag & 7)) {
              case 0 -> {
                variableInteger(in);
                yield 0;
              }
              case 1 -> 8;
              case 2 -> {
                int length = Math.toIntExact(variableInteger(in));
                fields.add(new Field((int) (tag >>> 3), in.slice(in.position(), length)));
                yield length;
              }
              case 5 -> 4;
              default -> throw new IOException("no message of protobuf: type " + (tag & 7));
            };
        in.position(in.position() + skipped);
      }
    } catch (BufferUnderflowException
        | IllegalArgumentException
        | ArithmeticException
        | IndexOutOfBoundsException e) {
      throw new IOException("no message of protobuf: it ends too early", e);
    }
    return new ProtoMessage(fields);
  }

  private static long variableInteger(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte part = in.get();
      value |= (long) (part & 0x7F) << shift;
      if (part >= 0) {
        break;
      }
    }
    return value;
  }

  /** The last text of that number; empty when there is none. */
  String text(int number) {
    String text = "";
    for (Field field : fields) {
      if (field.number == number) {
        text = UTF_8.decode(field.content.duplicate()).toString();
      }
    }
    return text;
  }

  List<ProtoMessage> messages(int number) throws IOException {
    List<ProtoMessage> messages = new ArrayList<>();
    for (Field field : fields) {
      if (field.number == number) {
        messages.add(of(field.content));
      }
    }
    return messages;
  }
}
