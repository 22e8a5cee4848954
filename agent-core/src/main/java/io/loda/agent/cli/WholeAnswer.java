package io.loda.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes an HTTP call with a time-out until the last byte and a limit on the size. The client's own
 * time-out covers only the headers, and any program may answer.
 */
final class WholeAnswer {

  private WholeAnswer() {}

  /**
   * Makes a call, and waits for the whole answer.
   *
   * @param patience the time-out, from now to the last byte
   * @param mostBytes the largest body
   * @throws HttpTimeoutException when the answer isn't complete in time
   */
  static HttpResponse<String> of(
      HttpClient client, HttpRequest request, Duration patience, int mostBytes)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(request, head -> new Body(mostBytes));
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new HttpTimeoutException("no whole answer within " + patience.toSeconds() + " s");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw cause instanceof IOException failure ? failure : new IOException(cause);
    } finally {
      // closes the connection if the answer goes on
      answer.cancel(true);
    }
  }

  /** Returns the JSON object in the body; empty: the body is something else. */
  static Optional<JsonObject> json(HttpResponse<String> answer) {
    try {
      JsonObject json = new JsonObject(answer.body());
      return json.getMap() == null ? Optional.empty() : Optional.of(json);
    } catch (DecodeException | ClassCastException e) {
      return Optional.empty();
    }
  }

  /** Collects a body, and fails once it is too large. */
  private static final class Body implements HttpResponse.BodySubscriber<String> {

    private final int most;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CompletableFuture<String> whole = new CompletableFuture<>();

    @SuppressWarnings("NullAway.Init")
    private Flow.Subscription subscription;

    Body(int most) {
      this.most = most;
    }

    @Override
    public CompletionStage<String> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
      for (ByteBuffer part : parts) {
        if (part.remaining() > most - bytes.size()) {
          subscription.cancel();
          whole.completeExceptionally(
              new IOException("its answer has more than " + most + " bytes"));
          return;
        }
        byte[] copy = new byte[part.remaining()];
        part.get(copy);
        bytes.write(copy, 0, copy.length);
      }
      subscription.request(1);
    }

    @Override
    public void onError(Throwable e) {
      whole.completeExceptionally(e);
    }

    @Override
    public void onComplete() {
      whole.complete(bytes.toString(UTF_8));
    }
  }
}
