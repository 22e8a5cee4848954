package io.loda.agent.delivery;

import io.loda.agent.point.EncodedPoints;

/** Points as an encoder would leave them. */
public final class Encoded {

  private Encoded() {}

  public static EncodedPoints of(String... points) {
    EncodedPoints encoded = new EncodedPoints();
    for (String point : points) {
      for (int i = 0; i < point.length(); ) {
        i += encoded.putChar(point, i);
      }
      encoded.endPoint();
    }
    return encoded;
  }
}
