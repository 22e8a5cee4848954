package io.loda.agent.output;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.io.IOException;

/** An HTTP answer's body, up to a size. */
final class BoundedAnswer {

  private BoundedAnswer() {}

  static Future<Buffer> read(HttpClientResponse response, int maxBytes) {
    Promise<Buffer> whole = Promise.promise();
    Buffer body = Buffer.buffer();
    response.handler(
        chunk -> {
          body.appendBuffer(chunk);
          if (body.length() > maxBytes
              && whole.tryFail(new IOException("its answer is over " + maxBytes + " bytes"))) {
            response.request().reset();
          }
        });
    response.exceptionHandler(whole::tryFail);
    response.endHandler(unused -> whole.tryComplete(body));
    return whole.future();
  }
}
