package io.loda.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.http.Signature;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a real agent of this kind sent, byte by byte; {@code recorded/README.md} says which. */
class RecordedAgentTest {

  private static final int CONNECTIONS = 8;
  private static final int REQUESTS = 16;
  private static final Pattern HEAD =
      Pattern.compile(
          "HTTP/1\\.1 (?<status>\\d{3}) [^\r]*\r\n"
              + "(?:(?!(?i:content-length))[^\r]+\r\n)*"
              + "(?i:content-length): (?<length>\\d+)\r\n(?:[^\r]+\r\n)*\r\n");

  private RunningApi api = new RunningApi("secret", true);

  @AfterEach
  void close() {
    api.close();
  }

  private static byte[] connection(int number) throws Exception {
    try (InputStream in =
        RecordedAgentTest.class.getResourceAsStream(
            "recorded/connection-" + number + ".requests")) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }

  /** The status of each answer, which must be signed as the agent wants it: else it sends again. */
  private List<Integer> statuses(byte[] requests) throws Exception {
    byte[] wire = api.raw(requests);
    List<Integer> statuses = new ArrayList<>();
    Matcher head = HEAD.matcher(new String(wire, ISO_8859_1));
    for (int end = 0; end < wire.length; ) {
      assertThat(head.find(end)).isTrue();
      assertThat(head.start()).isEqualTo(end);
      end = head.end() + Integer.parseInt(head.group("length"));
      byte[] body = Arrays.copyOfRange(wire, head.end(), end);
      String signature = new Signature("secret").of(body, body.length);
      assertThat(head.group())
          .contains("\r\nHashSHA256: " + signature + "\r\n", "\r\nContent-Encoding: gzip\r\n");
      // it parses a list
      assertThat(RunningApi.gunzip(body)).matches("\\[.*]");
      statuses.add(Integer.valueOf(head.group("status")));
    }
    return statuses;
  }

  @Test
  void isTaken() throws Exception {
    List<Integer> statuses = new ArrayList<>();
    for (int i = 1; i <= CONNECTIONS; i++) {
      statuses.addAll(statuses(connection(i)));
    }
    assertThat(statuses).hasSize(REQUESTS).containsOnly(200);
    assertThat(RunningApi.text(api.get("/value/counter/PollCount"))).isEqualTo("216");
    assertThat(RunningApi.text(api.get("/value/gauge/CPUUtilization1"))).matches("[0-9.]+");
    assertThat(RunningApi.text(api.get("/")).split("<tr>", -1)).hasSize(2 + 33);
  }

  @Test
  void isRefusedByAServerWithAnotherKey() throws Exception {
    api.close();
    api = new RunningApi("another", true);
    for (int i = 1; i <= CONNECTIONS; i++) {
      assertThat(new String(api.raw(connection(i)), UTF_8)).startsWith("HTTP/1.1 400 ");
    }
    assertThat(RunningApi.text(api.get("/"))).contains("No metrics yet");
  }
}
