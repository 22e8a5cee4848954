package io.loda.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.config.ConfigException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LogRoutesTest {

  private Path root;
  private TestFolder folder;
  private ServerFixture agent;

  @BeforeEach
  void start(@TempDir Path temp) throws ConfigException {
    folder = new TestFolder(temp);
    folder.registry("ns1", "[]");
    folder.write("log/a.log", "one\ntwo \"ä\"\nthr");
    folder.write("secret", "secret\n");
    root = temp.resolve("log");
    agent = ServerFixture.start(folder, "http.log-roots", "[\"" + root + "\"]");
  }

  @AfterEach
  void stop() {
    agent.close();
  }

  @Test
  void readsLines() {
    HttpResponse<String> answer = agent.get("/log/offset?fpath=" + root + "/a.log&offset=0&num=10");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type"))
        .contains("application/json; charset=utf-8");
    assertThat(answer.body())
        .isEqualTo(
            "{\"StatusCode\":200,"
                + "\"Msg\":\"read 2 lines of log start from offset:0 successfully\","
                + "\"Data\":[\"one\\n\",\"two \\\"ä\\\"\\n\"]}");
    assertThat(agent.get("/log/offset?fpath=" + root + "/a.log&offset=1&num=1").body())
        .contains("\"Data\":[\"ne\\n\"]");
  }

  @Test
  void readsEightMebibytes() {
    folder.write("log/big.log", ("x".repeat(1023) + "\n").repeat(9000));

    HttpResponse<String> answer =
        agent.get("/log/offset?fpath=" + root + "/big.log&offset=0&num=10000");

    assertThat(new JsonObject(answer.body()).getJsonArray("Data")).hasSize(8192);
  }

  @ParameterizedTest
  @CsvSource({
    "fpath=ROOT/a.log&num=1, 400, offset: expected a whole number",
    "fpath=ROOT/a.log&offset=-1&num=1, 400, offset: expected a whole number",
    "fpath=ROOT/a.log&offset=x&num=1, 400, offset: expected a whole number",
    "fpath=ROOT/a.log&offset=0, 400, num: expected a whole number",
    "fpath=ROOT/a.log&offset=0&num=0, 400, num: expected a whole number",
    "fpath=ROOT/a.log&offset=0&num=1e3, 400, num: expected a whole number",
    "offset=0&num=1, 400, fpath: expected a file's absolute path",
    "fpath=a.log&offset=0&num=1, 400, fpath: expected a file's absolute path",
    "fpath=ROOT&offset=0&num=1, 400, fpath: expected a regular file",
    "fpath=ROOT/b.log&offset=0&num=1, 404, 'fpath: expected a file, found nothing'",
    "fpath=ROOT/../secret&offset=0&num=1, 403, fpath: expected a file below",
    "fpath=/etc/passwd&offset=0&num=1, 403, fpath: expected a file below",
  })
  void refusesABadCall(String query, int status, String problem) {
    HttpResponse<String> answer =
        agent.get("/log/offset?" + query.replace("ROOT", root.toString()));

    assertThat(answer.statusCode()).isEqualTo(status);
    JsonObject json = new JsonObject(answer.body());
    assertThat(json.getInteger("StatusCode")).isEqualTo(status);
    assertThat(json.getString("Msg")).startsWith(problem);
    assertThat(json.getJsonArray("Data")).isEmpty();
  }

  @Test
  void doesNotWaitForAPipe() throws IOException, InterruptedException {
    Path pipe = root.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Files.createSymbolicLink(root.resolve("link"), pipe);

    for (String name : new String[] {"pipe", "link", "pipe", "link"}) {
      assertThat(agent.get("/log/offset?fpath=" + root + "/" + name + "&offset=0&num=1").body())
          .contains("\"StatusCode\":400,\"Msg\":\"fpath: expected a regular file");
    }
  }
}
