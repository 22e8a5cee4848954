package io.loda.agent.builtin.port;

import io.loda.agent.builtin.kit.ItemFields;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Checks whether a GET is answered as expected.
 *
 * @param status the expected status; 0 accepts any below 400
 */
record HttpCheck(HttpRequest request, int status) {

  static HttpCheck of(String scheme, String host, int port, ItemFields given, Duration timeout) {
    int status = given.integer("status", 0, 100, 599);
    String path = given.text("path").orElse("/");
    String absolute = path.startsWith("/") ? path : "/" + path;
    try {
      URI uri =
          new URI(
              scheme
                  + "://"
                  + (host.contains(":") ? "[" + host + "]" : host)
                  + ":"
                  + port
                  + absolute);
      return new HttpCheck(HttpRequest.newBuilder(uri).timeout(timeout).GET().build(), status);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "path: expected the path of a URL, found \"%s\"".formatted(path), e);
    }
  }

  CompletableFuture<PortResult> start(HttpClient client) {
    long startedAt = System.nanoTime();
    return client
        .sendAsync(request, HttpResponse.BodyHandlers.ofInputStream())
        .thenApply(response -> result(response, startedAt))
        .exceptionally(failure -> PortResult.of(false, startedAt));
  }

  private PortResult result(HttpResponse<InputStream> response, long startedAt) {
    long nanos = System.nanoTime() - startedAt;
    try {
      response.body().close(); // the status is all that counts, and a body may never end
    } catch (IOException e) {
      // the connection isn't used any more, and is closed
    }
    return new PortResult(
        expected(response.statusCode()),
        nanos,
        response.sslSession().map(AnyCertificate::daysLeft).orElse(OptionalLong.empty()));
  }

  private boolean expected(int found) {
    return status == 0 ? found < 400 : found == status;
  }
}
