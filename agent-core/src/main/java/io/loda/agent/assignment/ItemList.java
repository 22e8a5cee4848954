package io.loda.agent.assignment;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.loda.common.metric.StrictUtf8;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A namespace's items as the registry sent them: a JSON list, in the byte array of the whole
 * answer. It is valid UTF-8 and JSON, and within its bounds. {@link #forEach} parses one item after
 * another, because a tree of all items would be many times as large as their text.
 */
public final class ItemList {

  /** The most items of a namespace, by default. */
  public static final int MOST_ITEMS = 10_000;

  /** The most names, values and brackets of one item. */
  private static final int MOST_TOKENS = 2_000;

  /** The longest value, in characters: it is in memory twice while it is read. */
  private static final int LONGEST_VALUE = 1 << 20;

  private static final StreamReadConstraints CONSTRAINTS =
      StreamReadConstraints.builder().maxStringLength(LONGEST_VALUE).build();

  private final byte[] bytes;
  private final int from;
  private final int to;

  /** The offsets of the beginning and the end of each item. */
  private final int[] places;

  /** Null until it is needed. */
  private @Nullable String digest;

  private ItemList(byte[] bytes, int from, int to, int[] places) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.places = places;
  }

  /**
   * Reads a text that is one list.
   *
   * @throws CharacterCodingException when it isn't UTF-8
   * @throws JsonProcessingException when it isn't JSON
   * @throws IllegalArgumentException when it isn't a list, or holds too much
   */
  public static ItemList of(byte[] json, int mostItems) throws IOException {
    try (JsonParser parser = parser(json)) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_ARRAY) {
        throw new IllegalArgumentException(
            "expected a JSON list of items, found " + (first == null ? "nothing" : kind(first)));
      }
      ItemList list = of(parser, json, mostItems);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("expected a JSON list of items, found more after it");
      }
      return list;
    }
  }

  /**
   * Reads a text that is one list.
   *
   * @throws IllegalArgumentException when it isn't a list, or holds too much
   */
  public static ItemList of(String json) {
    try {
      return of(json.getBytes(UTF_8), MOST_ITEMS);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("expected JSON, found " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("an array can't be read", e);
    }
  }

  /**
   * Reads the list that the parser is at the beginning of, and moves the parser to its end.
   *
   * @param bytes all bytes that the parser reads
   * @throws IOException when it isn't JSON
   * @throws IllegalArgumentException when it holds too much
   */
  public static ItemList of(JsonParser parser, byte[] bytes, int mostItems) throws IOException {
    int from = begin(parser);
    int[] places = new int[32];
    int items = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (items == mostItems) {
        throw tooMany(mostItems);
      }
      if (2 * items == places.length) {
        places = Arrays.copyOf(places, 4 * items);
      }
      places[2 * items] = begin(parser);
      passItem(parser, items + 1);
      places[2 * items + 1] = end(parser);
      items++;
    }
    return new ItemList(bytes, from, end(parser), Arrays.copyOf(places, 2 * items));
  }

  /** Makes the exception for an answer with more items than configured. */
  public static IllegalArgumentException tooMany(int mostItems) {
    return new IllegalArgumentException(
        "expected at most " + mostItems + " items (registry.max-items), found more");
  }

  /** Checks an item without building a tree, which could be a hundred times as large as braces. */
  private static void passItem(JsonParser parser, int place) throws IOException {
    int depth = 0;
    for (int tokens = 1; ; tokens++) {
      JsonToken token = parser.currentToken();
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      parser.finishToken(); // this checks the length of the text
      if (depth == 0) {
        return;
      }
      if (tokens == MOST_TOKENS) {
        throw new IllegalArgumentException(
            "item " + place + ": expected at most " + MOST_TOKENS + " values, found more");
      }
      parser.nextToken();
    }
  }

  /**
   * Makes a parser of an answer.
   *
   * @throws CharacterCodingException when it isn't UTF-8, or begins with a byte order mark; Jackson
   *     alone would accept more, such as C0 AF for a slash
   */
  public static JsonParser parser(byte[] text) throws IOException {
    boolean marked = text.length > 2 && (text[0] & 0xff) == 0xef;
    boolean wide = text.length > 1 && (text[0] == 0 || text[1] == 0);
    if (marked || wide || StrictUtf8.firstBad(text, 0, text.length) >= 0) {
      throw new CharacterCodingException();
    }
    return checked(text, 0, text.length);
  }

  private static JsonParser checked(byte[] text, int from, int to) throws IOException {
    // a factory remembers the names that it has seen, so each parser gets one of its own
    return JsonFactory.builder()
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .streamReadConstraints(CONSTRAINTS)
        .build()
        .createParser(text, from, to - from);
  }

  /** Returns the offset at which the parser's token begins. */
  private static int begin(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  /** Returns the offset at which the parser's token ends. */
  private static int end(JsonParser parser) throws IOException {
    parser.finishToken();
    return (int) parser.currentLocation().getByteOffset();
  }

  /** Names the kind of a value. */
  static String kind(JsonToken first) {
    return first.isNumeric()
        ? "NUMBER"
        : first.isBoolean() ? "BOOLEAN" : first.name().replaceFirst("START_|VALUE_", "");
  }

  /** Parses the items, and passes each on before it parses the next. */
  public void forEach(Consumer<Item> items) {
    try (JsonParser parser = checked(bytes, from, to)) {
      parser.nextToken();
      for (int place = 1; parser.nextToken() != JsonToken.END_ARRAY; place++) {
        items.accept(Item.read(place, parser));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a list that was checked can't be parsed", e);
    }
  }

  /** Returns the text of an item as the registry sent it. */
  String text(int place) {
    int begin = places[2 * (place - 1)];
    return new String(bytes, begin, places[2 * place - 1] - begin, UTF_8);
  }

  /**
   * Returns the list that a later start has to find: the last good items replace the wrong ones.
   * All other text is copied as it is, since parsing and writing it could change it.
   */
  public byte[] with(List<KeptItem> kept) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(length());
    int copied = from;
    for (KeptItem item : kept.stream().sorted(Comparator.comparing(KeptItem::place)).toList()) {
      out.write(bytes, copied, places[2 * (item.place() - 1)] - copied);
      out.writeBytes(item.text().getBytes(UTF_8));
      copied = places[2 * item.place() - 1];
    }
    out.write(bytes, copied, to - copied);
    return out.toByteArray();
  }

  public int count() {
    return places.length / 2;
  }

  /** Returns the number of bytes. */
  public int length() {
    return to - from;
  }

  /** Returns a hash that differs for every other list. */
  public String digest() {
    String known = digest == null ? digest(bytes, from, length()) : digest;
    digest = known;
    return known;
  }

  /** Returns the {@link #digest()} of the list with this text. */
  public static String digest(byte[] text) {
    return digest(text, 0, text.length);
  }

  private static String digest(byte[] bytes, int from, int length) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(bytes, from, length);
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return new String(bytes, from, length(), UTF_8);
  }
}
