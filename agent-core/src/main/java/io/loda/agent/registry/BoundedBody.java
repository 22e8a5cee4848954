package io.loda.agent.registry;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;

/** Reads an answer's body as far as it is sensible: a broken registry must not fill the heap. */
final class BoundedBody {

  private static final int MAX_BYTES = 16 * 1024 * 1024;

  private BoundedBody() {}

  record Answer(int status, Buffer body) {}

  static Future<Answer> read(HttpClientResponse response) {
    Promise<Answer> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    response.exceptionHandler(promise::tryFail);
    response.handler(
        chunk -> {
          if (body.length() + chunk.length() > MAX_BYTES) {
            promise.tryFail(
                new RegistryException("expected at most " + MAX_BYTES + " bytes, found more"));
          } else {
            body.appendBuffer(chunk);
          }
        });
    response.endHandler(unused -> promise.tryComplete(new Answer(response.statusCode(), body)));
    return promise.future();
  }
}
