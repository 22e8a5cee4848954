package io.loda.common.metric;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;

/**
 * A timestamp of JSON, which may be larger than a long: nanoseconds are from the year 2262 on,
 * before the wire contract's times end.
 */
final class JsonTime {

  /** No whole number is longer that is a time in any unit; it needn't be read. */
  private static final int LONGEST_TIME = 20;

  private static final BigInteger NANOSECONDS = BigInteger.valueOf(1_000_000_000);

  private JsonTime() {}

  /**
   * The number at which the parser is, in whole seconds, its unit told by its size. What is too
   * large for any time is the largest or smallest long, which is none either.
   */
  static long seconds(JsonParser parser) throws IOException {
    if (!parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
      return TimePrecision.secondsBySize(JsonItem.doubleValue(parser));
    }
    if (parser.getTextLength() > LONGEST_TIME) {
      return parser.getText().charAt(0) == '-' ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        ? parser.getBigIntegerValue().divide(NANOSECONDS).longValue()
        : TimePrecision.BY_SIZE.toSeconds(parser.getLongValue());
  }
}
