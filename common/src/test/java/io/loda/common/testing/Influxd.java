package io.loda.common.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real InfluxDB 1.x with one database, {@code test}. */
public final class Influxd implements AutoCloseable {

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final String url;
  private final ServerProcess process;

  private Influxd(int port, ServerProcess process) {
    this.url = "http://127.0.0.1:" + port;
    this.process = process;
  }

  /** Starts one in a new folder below this one. */
  public static Influxd start(Path parent) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(parent, "influxd");
    int port = FreePort.find();
    Path config = folder.resolve("influxdb.conf");
    Files.writeString(
        config,
        """
        reporting-disabled = true
        bind-address = "127.0.0.1:%d"
        [meta]
        dir = "%s/meta"
        [data]
        dir = "%s/data"
        wal-dir = "%s/wal"
        [http]
        bind-address = "127.0.0.1:%d"
        log-enabled = false
        [monitor]
        store-enabled = false
        [subscriber]
        enabled = false
        """
            .formatted(FreePort.find(), folder, folder, folder, port));
    ServerProcess process =
        new ServerProcess(
            List.of(TestProgram.find("influxd-for-tests"), "-config", config.toString()),
            folder.resolve("influxd.log"),
            URI.create("http://127.0.0.1:" + port + "/ping"));
    process.start();
    Influxd influxd = new Influxd(port, process);
    influxd.query("CREATE DATABASE test");
    return influxd;
  }

  /** Writes line protocol with seconds; the answer's status and body. */
  public String write(byte[] lines) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url + "/write?db=test&precision=s"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(lines))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + answer.body();
  }

  /** An InfluxQL query's JSON answer. */
  public String query(String query) throws IOException, InterruptedException {
    URI uri = URI.create(url + "/query?db=test&epoch=s&q=" + URLEncoder.encode(query, UTF_8));
    return client
        .send(
            HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.noBody()).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Override
  public void close() {
    process.kill();
  }
}
