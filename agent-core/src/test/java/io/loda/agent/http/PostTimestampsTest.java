package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.config.ConfigException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the times in posts, at the borders of what the wire contract has. */
final class PostTimestampsTest {

  private ServerFixture agent;

  @BeforeEach
  void start(@TempDir Path temp) throws ConfigException {
    TestFolder folder = new TestFolder(temp);
    folder.registry("ns1", "[]");
    agent = ServerFixture.start(folder);
  }

  @AfterEach
  void stop() {
    agent.close();
  }

  private String postedAt(String timestamp) {
    HttpResponse<String> answer =
        agent.post(
            "/post?ns=ns1", "[{\"name\":\"a\",\"timestamp\":" + timestamp + ",\"value\":2}]");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return agent.points().get(0);
  }

  /** A long of nanoseconds ends in the year 2262, and the contract in 2286. */
  @ParameterizedTest
  @CsvSource({
    "1000000000,1000000000",
    "10000000000,10000000000",
    "9999999999999,9999999999",
    "9999999999999999,9999999999",
    "9223372036854775808,9223372036",
    "9300000000999999999,9300000000",
    "10000000000000000000,10000000000",
  })
  void oneOfTheContractsIsKept(String timestamp, String seconds) {
    assertThat(postedAt(timestamp)).endsWith(" " + seconds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "999999999",
        "10000000001",
        "10000000001000",
        "10000000001000000000",
        "100000000000000000000",
        "1e30",
        "1e999",
        "-1e30",
        "-9223372036854775809",
        "NaN"
      })
  void anyOtherBecomesNow(String timestamp) {
    long before = Instant.now().getEpochSecond();
    String point = postedAt(timestamp);
    assertThat(Long.parseLong(point.substring(point.lastIndexOf(' ') + 1)))
        .isBetween(before, Instant.now().getEpochSecond());
  }
}
