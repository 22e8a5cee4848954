package io.loda.agent.assignment;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An item of the registry's that is wrong now, where its last good one goes on.
 *
 * @param key the assignment's that goes on
 * @param wrong why it can't be taken as it is now
 * @param place in the namespace's list, from 1
 * @param text the last good item, as the registry had it
 */
public record KeptItem(String key, RejectedItem wrong, int place, String text) {

  /** What is wrong, and what goes on instead. */
  public String problem() {
    return "item "
        + wrong.name()
        + " of "
        + wrong.namespace()
        + " is wrong, its last good one goes on: "
        + wrong.reason();
  }

  /**
   * A list as a later start is to find it: with the last good items in the place of those that are
   * wrong. All else is copied as it came: what is read and written anew may be something else.
   */
  public static byte[] replaced(ItemList list, List<KeptItem> kept) throws IOException {
    if (kept.isEmpty()) {
      return list.toBytes();
    }
    Map<Integer, KeptItem> byPlace =
        kept.stream().collect(Collectors.toMap(KeptItem::place, Function.identity()));
    ByteArrayOutputStream out = new ByteArrayOutputStream(list.length());
    int copied = 0;
    try (JsonParser parser = list.parser()) {
      parser.nextToken();
      for (int i = 1; parser.nextToken() != JsonToken.END_ARRAY; i++) {
        int begin = ItemList.begin(parser);
        parser.skipChildren();
        KeptItem instead = byPlace.get(i);
        if (instead != null) {
          list.write(copied, begin, out);
          out.write(instead.text().getBytes(UTF_8));
          copied = ItemList.end(parser);
        }
      }
    }
    list.write(copied, list.length(), out);
    return out.toByteArray();
  }
}
