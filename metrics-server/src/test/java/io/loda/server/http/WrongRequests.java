package io.loda.server.http;

import static io.loda.server.http.WrongJson.NO_COUNTS;
import static io.loda.server.http.WrongJson.NO_NAMES;
import static io.loda.server.http.WrongJson.NO_NUMBERS;
import static io.loda.server.http.WrongJson.NO_TYPES;
import static io.loda.server.http.WrongJson.ODD_NAMES;
import static io.loda.server.http.WrongJson.counter;
import static io.loda.server.http.WrongJson.gauge;
import static io.loda.server.http.WrongJson.named;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.http.Signature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Requests that are wrong, of many kinds, made from a seed. Of each kind it is known beforehand
 * what it is answered.
 */
final class WrongRequests {

  static final String KEY = "secret";

  private static final int MOST_BYTES = 8 << 20;

  /**
   * One of them.
   *
   * @param kind what is wrong with it
   * @param status what it is answered
   * @param keyed whether it is for the server that has the key
   * @param raw the whole request, where no HTTP client would send it; else empty
   */
  record Request(
      String kind,
      int status,
      boolean keyed,
      String raw,
      String method,
      String path,
      byte[] body,
      List<String> headers) {

    @Override
    public String toString() {
      String text = raw.isEmpty() ? new String(body, UTF_8) : raw;
      return String.join(" ", kind + ":", method, path, headers.toString(), "")
          + text.substring(0, Math.min(text.length(), 300));
    }
  }

  private interface Making {
    Request make() throws IOException;
  }

  private final Random random;
  private final WrongJson json;

  WrongRequests(long seed) {
    this.random = new Random(seed);
    this.json = new WrongJson(random);
  }

  /** So many small ones, the kinds in turn. */
  List<Request> small(int count) throws IOException {
    List<Request> requests = new ArrayList<>();
    List<Making> kinds = new ArrayList<>();
    kinds.addAll(ofJson());
    kinds.addAll(ofLists());
    kinds.addAll(ofPacking());
    kinds.addAll(ofPaths());
    kinds.addAll(ofHttp());
    kinds.addAll(ofSignatures());
    for (int i = 0; requests.size() < count; i++) {
      requests.add(kinds.get(i % kinds.size()).make());
    }
    return requests;
  }

  private List<Making> ofJson() {
    return List.of(
        () -> update("JSON cut off", json.cut(json.good())),
        () -> update("JSON with other marks", json.otherMarks()),
        () -> update("more after the JSON", json.good() + json.one("{}", "x", ",", "1", "]")),
        () -> update("no block", json.one("", " ", "[]", "1", "\"a\"", "null", "true", "nul")),
        () -> update("no quotes", json.good().replace("\"", json.one("", "'", "`"))),
        () -> update("a comment", json.one("// a\n", "/* a */", "# a\n") + json.good()),
        () -> post("not UTF-8", 400, "/update", json.badUtf8()),
        () -> post("UTF-16", 400, "/update", json.good().getBytes(UTF_16LE)),
        () -> update("a mark of the byte order", '\ufeff' + json.good()),
        () -> update("too deep", json.deep()),
        () -> update("a name that is none", named(json.one(NO_NAMES), "1.5")),
        () -> update("a name that is no text", json.good().replace("\"a\"", json.noText())),
        () -> update("an odd name, and no number", named(json.one(ODD_NAMES), "\"<x>\"")),
        () -> update("a type that is none", json.good().replace("gauge", json.one(NO_TYPES))),
        () -> update("a type that is no text", json.good().replace("\"gauge\"", json.noText())),
        () -> update("a number that is none", gauge(json.one(NO_NUMBERS))),
        () -> update("a count that is none", counter(json.one(NO_NUMBERS))),
        () -> update("a count that isn't whole, or too long", counter(json.one(NO_COUNTS))),
        () -> update("a sum of more than 64 bits", counter("" + (1 + random.nextInt(1_000)))),
        () -> update("a field is missing", json.without(random.nextInt(3))),
        () -> update("a field twice", json.twice()),
        () -> asks("asks without name or type", 400, json.asksWithout(random.nextInt(2))),
        () -> asks("asks for none", 404, named(json.one(ODD_NAMES), "1")));
  }

  private List<Making> ofLists() {
    return List.of(
        () -> updates("no list", json.one("[]", "[null]", "[1]", "[[]]", "{}", "[,]", "[{}]")),
        () -> updates("one wrong among many", json.among(gauge(json.one(NO_NUMBERS)))),
        () -> updates("one sum too large", json.among(counter("1"))),
        () -> updates("a list cut off", json.cut(json.among(json.good()))));
  }

  private List<Making> ofPacking() {
    return List.of(
        () -> packed("gzip cut off", 400, json.cut(list())),
        () -> packed("gzip with another bit", 400, otherBit(list())),
        () -> packed("no gzip", 400, json.good().getBytes(UTF_8)),
        () -> packed("more after the gzip", 400, joined(list(), "xxxxxxxxxxxx".getBytes(UTF_8))),
        () -> packed("gzip of no JSON", 400, RunningApi.gzip(json.cut(json.among(json.good())))),
        () -> header("unknown coding", 415, "Content-Encoding", json.one("br", "gzip, gzip", "x")));
  }

  private byte[] list() throws IOException {
    return RunningApi.gzip(json.among(json.good()));
  }

  private List<Making> ofPaths() {
    return List.of(
        () ->
            path("no such call", 404, "POST", json.one("/none", "/updates/x", "/ping/x", "/Ping")),
        () ->
            path(
                "no POST", 405, json.one("PUT", "GET"), json.one("/update", "/updates/", "/value")),
        () -> path("no POST", 405, json.one("DELETE", "GET"), "/update/gauge/a/1"),
        () -> path("no GET", 405, json.one("POST", "OPTIONS"), json.one("/", "/ping", "/health")),
        () ->
            path("no number", 400, "POST", "/update/gauge/a/" + json.one("x", "NaN", "+1", "%201")),
        () -> path("no count", 400, "POST", "/update/counter/a/" + json.one(NO_COUNTS)),
        () -> path("no type", 400, "POST", "/update/" + json.one("Gauge", "x", "%20") + "/a/1"),
        () ->
            path("no name", 400, "POST", "/update/gauge/" + json.one("%20", "%0a", "a%00") + "/1"),
        () -> path("a long name", 400, "POST", "/update/gauge/" + "x".repeat(257) + "/1"),
        () ->
            path(
                "a part is missing",
                404,
                "POST",
                "/update/" + json.one("gauge//1", "x", "gauge/a/")),
        () -> path("a part too many", 404, "POST", "/update/counter/a/1/2"),
        () -> path("reads none", 404, "GET", "/value/" + json.one("gauge/%22", "x/a", "gauge/%0A")),
        () -> path("reads none", 404, "GET", "/value/counter/%3Cscript%3E%27%3B--"),
        () ->
            raw(
                "not percent-encoded",
                400,
                "POST /update/gauge/" + json.one("%", "%2", "%zz", "%u0061") + "/1 HTTP/1.1"),
        () ->
            raw(
                "not UTF-8",
                400,
                "POST /update/gauge/" + json.one("%ff", "%c0%80", "%ed%a0%80") + "/1 HTTP/1.1"),
        () ->
            raw(
                "not percent-encoded",
                400,
                "GET /" + json.one("%", "%zz", "value/gauge/%ff") + " HTTP/1.1"));
  }

  private List<Making> ofHttp() {
    return List.of(
        () ->
            header(
                "a key that is none",
                400,
                "Idempotency-Key",
                json.one("a b", "k".repeat(65), "a\tb")),
        () -> raw("a long line", 414, "GET /" + "a".repeat(5_000) + " HTTP/1.1"),
        () -> raw("long headers", 431, "GET / HTTP/1.1\r\nA: " + "a".repeat(9_000)),
        () -> raw("no header", 400, "GET / HTTP/1.1\r\n" + json.one("a", "a b: c")),
        () ->
            raw(
                "no length",
                400,
                "POST /update HTTP/1.1\r\nContent-Length: " + json.one("x", "-1", "1x")),
        () ->
            raw(
                "no piece",
                400,
                "POST /update HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + json.one("x", "zz")));
  }

  private List<Making> ofSignatures() {
    return List.of(
        () -> signed("no signature", json.one("none", "0", "x".repeat(64), "0".repeat(63))),
        () -> signed("signed by another key", signature("other", counter("1").getBytes(UTF_8))),
        () -> signed("another body's signature", signature(KEY, counter("2").getBytes(UTF_8))),
        () -> signed("another digit", otherDigit(signature(KEY, counter("1").getBytes(UTF_8)))),
        () -> keyed("not signed", "/update", counter("1")),
        () ->
            keyed(
                "nothing is signed",
                "/update/counter/a/1",
                "",
                Signature.HEADER,
                signature(KEY, new byte[0])));
  }

  /**
   * As large as a body may be, and larger: one after the other, as there is memory for few at once.
   */
  List<Request> large() throws IOException {
    String lists = "[".repeat(MOST_BYTES);
    return List.of(
        updates("8 MiB of [", lists),
        update("8 MiB of [", lists),
        asks("8 MiB of [", 400, lists),
        packed("8 MiB of [, packed", 400, RunningApi.gzip(lists)),
        updates("8 MiB of blocks", "{\"a\":".repeat(MOST_BYTES / 5)),
        updates("8 MiB of blanks", " ".repeat(MOST_BYTES)),
        update("a name of 8 MiB", named("x".repeat(MOST_BYTES - 100), "1")),
        post("more than 8 MiB", 413, "/updates", new byte[MOST_BYTES + 1]),
        packed("a bomb", 413, RunningApi.gzip(" ".repeat(MOST_BYTES + 1))),
        packed("a larger bomb", 413, RunningApi.gzip(" ".repeat(8 * MOST_BYTES))),
        packed("a bomb in parts", 413, parts(RunningApi.gzip(" ".repeat(MOST_BYTES / 8)), 9)));
  }

  private Request asks(String kind, int status, String body) {
    return post(kind, status, "/value", body.getBytes(UTF_8));
  }

  private Request update(String kind, String body) {
    return post(kind, 400, "/update", body.getBytes(UTF_8));
  }

  private Request updates(String kind, String body) {
    return post(kind, 400, "/updates", body.getBytes(UTF_8));
  }

  private Request packed(String kind, int status, byte[] body) {
    return post(kind, status, "/updates", body, "Content-Encoding", "gzip");
  }

  private Request header(String kind, int status, String name, String value) {
    return post(kind, status, "/update", json.good().getBytes(UTF_8), name, value);
  }

  /** With a right signature, now and then, for the server that asks for one. */
  private Request post(String kind, int status, String path, byte[] body, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    boolean keyed = random.nextInt(4) == 0;
    if (keyed) {
      all.addAll(List.of(Signature.HEADER, signature(KEY, body)));
    }
    return new Request(kind, status, keyed, "", "POST", path, body, all);
  }

  private static Request signed(String kind, String signature) {
    return keyed(kind, "/update", counter("1"), Signature.HEADER, signature);
  }

  private static Request keyed(String kind, String path, String body, String... headers) {
    return new Request(kind, 400, true, "", "POST", path, body.getBytes(UTF_8), List.of(headers));
  }

  private static Request path(String kind, int status, String method, String path) {
    return new Request(kind, status, false, "", method, path, new byte[0], List.of());
  }

  private static Request raw(String kind, int status, String head) {
    return new Request(
        kind, status, false, head + "\r\nHost: a\r\n\r\n", "", "", new byte[0], List.of());
  }

  private static String signature(String key, byte[] body) {
    return new Signature(key).of(body, body.length);
  }

  private String otherDigit(String signature) {
    int at = random.nextInt(signature.length());
    char other = signature.charAt(at) == '0' ? '1' : '0';
    return signature.substring(0, at) + other + signature.substring(at + 1);
  }

  /** In the head's first three bytes, or in the checksum and the length at the end. */
  private byte[] otherBit(byte[] packed) {
    int at = random.nextInt(11);
    packed[at < 3 ? at : packed.length - at + 2] ^= (byte) (1 << random.nextInt(8));
    return packed;
  }

  private static byte[] parts(byte[] part, int count) {
    byte[] all = new byte[0];
    for (int i = 0; i < count; i++) {
      all = joined(all, part);
    }
    return all;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }
}
