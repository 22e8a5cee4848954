package io.loda.server.http;

import static io.loda.server.http.RunningApi.gunzip;
import static io.loda.server.http.RunningApi.gzip;
import static io.loda.server.http.RunningApi.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.http.Signature;
import java.net.http.HttpResponse;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With a key: who is believed, and what answers are signed. */
class SigningTest {

  private static final String LIST = "[{\"id\":\"a\",\"type\":\"counter\",\"delta\":1}]";

  private final Signature signature = new Signature("secret");
  private final RunningApi api = new RunningApi("secret", true);

  @AfterEach
  void close() {
    api.close();
  }

  private String of(byte[] bytes) {
    return signature.of(bytes, bytes.length);
  }

  private void isSigned(HttpResponse<byte[]> answer) {
    assertThat(answer.headers().firstValue("HashSHA256")).contains(of(answer.body()));
  }

  /** What {@code openssl dgst -sha256 -hmac secret} says. */
  @Test
  void signsAsOthersDo() {
    assertThat(of("hello".getBytes(UTF_8)))
        .isEqualTo("88aab3ede8d3adf94d26ab90d3bafd4a2083070c3bcce9c014ee04a443847c0b");
  }

  @Test
  void takesWhatIsSignedOverTheWireOrOverTheText() throws Exception {
    byte[] packed = gzip(LIST);
    byte[] plain = LIST.getBytes(UTF_8);
    HttpResponse<byte[]> answer =
        api.post("/updates", packed, "Content-Encoding", "gzip", "HashSHA256", of(packed));
    assertThat(answer.statusCode()).isEqualTo(200);
    isSigned(answer);
    assertThat(
            text(api.post("/updates", packed, "Content-Encoding", "gzip", "HashSHA256", of(plain))))
        .isEqualTo(LIST.replace("1", "2"));
    assertThat(text(api.post("/updates", plain, "HashSHA256", of(plain).toUpperCase(Locale.ROOT))))
        .isEqualTo(LIST.replace("1", "3"));
  }

  @Test
  void signsWhatIsOnTheWireErrorsToo() throws Exception {
    byte[] plain = LIST.getBytes(UTF_8);
    HttpResponse<byte[]> packed =
        api.post("/updates", plain, "HashSHA256", of(plain), "Accept-Encoding", "gzip");
    isSigned(packed);
    assertThat(gunzip(packed.body())).isEqualTo(LIST);
    isSigned(api.get("/value/counter/a"));
    isSigned(api.get("/value/counter/none", "Accept-Encoding", "gzip"));
    isSigned(api.get("/"));
    isSigned(api.get("/none"));
    for (String path : new String[] {"/value/gauge/%zz", "/%zz"}) {
      String answer = api.raw("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
      byte[] body = answer.substring(answer.indexOf("\r\n\r\n") + 4).getBytes(UTF_8);
      assertThat(answer).containsIgnoringCase("\r\nHashSHA256: " + of(body) + "\r\n");
    }
    isSigned(api.post("/updates", LIST));
    assertThat(api.get("/ping").headers().firstValue("HashSHA256")).isEmpty();
    assertThat(api.raw("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"))
        .startsWith("HTTP/1.1 200")
        .doesNotContainIgnoringCase("HashSHA256");
  }

  @Test
  void refusesWhatIsSignedWronglyOrNotAndChangesNothing() throws Exception {
    byte[] plain = LIST.getBytes(UTF_8);
    assertThat(api.post("/updates", LIST).statusCode()).isEqualTo(400);
    assertThat(api.post("/updates", LIST, "HashSHA256", of("x".getBytes(UTF_8))).statusCode())
        .isEqualTo(400);
    assertThat(api.post("/updates", LIST, "HashSHA256", "none").statusCode()).isEqualTo(400);
    assertThat(api.post("/value", "{\"id\":\"a\",\"type\":\"counter\"}").statusCode())
        .isEqualTo(400);
    HttpResponse<byte[]> path = api.post("/update/counter/a/1", "", "HashSHA256", of(new byte[0]));
    assertThat(path.statusCode()).isEqualTo(400);
    assertThat(text(path)).contains("JSON");
    assertThat(api.get("/value/counter/a").statusCode()).isEqualTo(404);
    assertThat(text(api.post("/updates", plain, "HashSHA256", of(plain)))).isEqualTo(LIST);
  }

  @Test
  void refusesWhatHasAHeaderTwice() throws Exception {
    String right = of(LIST.getBytes(UTF_8));
    for (String second :
        new String[] {
          "HashSHA256: " + right, "HashSHA256: 00", "Idempotency-Key: a\r\nIdempotency-Key: b",
        }) {
      assertThat(
              api.raw(
                  "POST /updates HTTP/1.1\r\nHost: a\r\nContent-Length: "
                      + LIST.length()
                      + "\r\nHashSHA256: "
                      + right
                      + "\r\n"
                      + second
                      + "\r\n\r\n"
                      + LIST))
          .startsWith("HTTP/1.1 400 ")
          .contains("expected the header once, found it 2 times");
    }
    assertThat(
            api.raw(
                "POST /updates HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                    + "Content-Encoding: gzip\r\nContent-Encoding: br\r\n\r\n[]"))
        .startsWith("HTTP/1.1 415 ");
    assertThat(api.get("/value/counter/a").statusCode()).isEqualTo(404);
  }

  @Test
  void letsThroughWhoDoesNotSignWhereItIsToldSo() throws Exception {
    try (RunningApi lenient = new RunningApi("secret", false)) {
      assertThat(text(lenient.post("/updates", LIST))).isEqualTo(LIST);
      assertThat(lenient.post("/update/counter/a/1", "").statusCode()).isEqualTo(200);
      assertThat(lenient.post("/updates", LIST, "HashSHA256", of("x".getBytes(UTF_8))).statusCode())
          .isEqualTo(400);
      assertThat(text(lenient.get("/value/counter/a"))).isEqualTo("2");
    }
  }
}
