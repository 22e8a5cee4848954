package io.loda.agent.registry;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;

/** Reads an answer's body as far as it is sensible: a broken registry must not fill the heap. */
final class BoundedBody {

  private BoundedBody() {}

  record Answer(int status, Buffer body) {}

  static Future<Answer> read(HttpClientResponse response, long maxBytes) {
    Promise<Answer> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    response.exceptionHandler(promise::tryFail);
    response.handler(
        chunk -> {
          if (body.length() + chunk.length() > maxBytes) {
            promise.tryFail(
                new RegistryException(
                    "expected at most " + maxBytes + " bytes (registry.max-answer), found more"));
          } else if (!promise.future().isComplete()) {
            body.appendBuffer(chunk);
          }
        });
    response.endHandler(unused -> promise.tryComplete(new Answer(response.statusCode(), body)));
    return promise.future();
  }
}
