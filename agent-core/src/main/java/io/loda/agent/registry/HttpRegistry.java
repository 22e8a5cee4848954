package io.loda.agent.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loda.agent.assignment.ItemList;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.version.Version;
import io.loda.common.net.HostLookup;
import io.loda.common.net.HttpAsk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Calls the HTTP API of the Loda registry (wire contract, section 1). */
final class HttpRegistry implements Registry {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int MAX_CONNECTIONS = 2;

  private final WorkerExecutor worker;
  private final RegistryLogin login;
  private final String url;
  private final long timeoutMillis;
  private final long maxBytes;
  private final int maxItems;
  private final HostLookup names;
  private final HttpAsk http;

  HttpRegistry(Vertx vertx, AgentConfig.RegistryConfig config) {
    this(vertx, config, HostLookup.ofSystem(vertx));
  }

  /**
   * Makes a registry.
   *
   * @param names looks up its address: Vert.x would do that on the event loop, which blocks
   */
  HttpRegistry(Vertx vertx, AgentConfig.RegistryConfig config, HostLookup names) {
    this.names = names;
    this.worker = vertx.createSharedWorkerExecutor("registry", 1);
    this.login = new RegistryLogin(worker, config.url(), config.authFile());
    this.url = login.url();
    this.timeoutMillis = config.timeout().toMillis();
    this.maxBytes = config.maxAnswerBytes();
    this.maxItems = config.maxItems();
    this.http = new HttpAsk(vertx, names, config.timeout(), maxBytes, MAX_CONNECTIONS);
  }

  @Override
  public String description() {
    return url;
  }

  @Override
  public Future<Map<String, String>> namespaces(HostIdentity host) {
    ObjectNode body =
        MAPPER
            .createObjectNode()
            .put("hostname", host.hostname())
            .put("ip", String.join(",", host.ips()))
            .put("sn", host.serialNumber());
    String path = "/api/v1/agent/ns";
    return call(HttpMethod.POST, path, body.toString())
        .compose(
            data ->
                data.texts().isEmpty()
                    ? failed(path, "expected the host's namespaces, found " + data.found())
                    : Future.succeededFuture(data.texts()));
  }

  @Override
  public Future<ItemList> items(String namespace) {
    String path =
        "/api/v1/agent/resource?ns="
            + URLEncoder.encode(namespace, StandardCharsets.UTF_8)
            + "&type=collect";
    return call(HttpMethod.GET, path, null)
        .compose(
            data -> {
              ItemList items = data.items();
              return items == null || items.count() == 0
                  ? failed(path, "expected a list of items, found " + data.found())
                  : Future.succeededFuture(items);
            });
  }

  @Override
  public Future<Void> report(Report report) {
    Version version = Version.current();
    ObjectNode body = MAPPER.createObjectNode();
    report.resourceIds().forEach(body.putArray("uuid")::add);
    body.put("sn", report.now().serialNumber());
    report.now().ips().forEach(body.putArray("newiplist")::add);
    report.before().ips().forEach(body.putArray("oldiplist")::add);
    body.put("newhostname", report.now().hostname());
    body.put("oldhostname", report.before().hostname());
    report.namespaces().forEach(body.putArray("ns")::add);
    body.put("version", version.version())
        .put("commit", version.commit())
        .put("branch", version.branch())
        .put("buildtime", version.buildTime())
        .put("goversion", "java" + Runtime.version().feature())
        .put("agenttype", "loda-agent")
        .put("update", report.update())
        .put("utime", Instant.now().toString());
    return call(HttpMethod.POST, "/api/v1/agent/report", body.toString()).mapEmpty();
  }

  @Override
  public Future<Void> close() {
    return http.close().eventually(names::close).eventually(worker::close);
  }

  /** Returns the answer; fails unless it is whole, good and in time. */
  private Future<RegistryAnswer> call(HttpMethod method, String path, @Nullable String body) {
    // an exception of the client becomes a failure, too
    return Future.succeededFuture()
        .compose(unused -> login.header())
        .compose(
            authorization ->
                http.ask(
                    options(method, path, body != null, authorization),
                    body == null ? null : Buffer.buffer(body)))
        .recover(e -> failed(path, reason(e)))
        // it may have megabytes
        .compose(answer -> worker.executeBlocking(() -> data(path, answer), false));
  }

  private RequestOptions options(
      HttpMethod method, String path, boolean hasBody, String authorization) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setAbsoluteURI(url + path)
            .putHeader("Accept", "application/json");
    if (!authorization.isEmpty()) {
      options.putHeader("Authorization", authorization);
    }
    return hasBody ? options.putHeader("Content-Type", "application/json;charset=utf-8") : options;
  }

  private String reason(Throwable cause) {
    if (cause instanceof TimeoutException) {
      return "timeout, no whole answer within " + timeoutMillis + " ms (registry.http.timeout)";
    }
    if (cause instanceof HttpAsk.TooLargeException) {
      return "expected at most " + maxBytes + " bytes (registry.max-answer), found more";
    }
    if (cause instanceof UnknownHostException) {
      // the exception's message may be only the host's name
      return "unknown host: " + cause.getMessage();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private RegistryAnswer data(String path, HttpAsk.Answer answer) throws RegistryException {
    RegistryAnswer json;
    try {
      json = RegistryAnswer.of(answer.body(), maxItems);
    } catch (CharacterCodingException e) {
      throw failure(path, "HTTP " + answer.status() + ", expected UTF-8, found other bytes");
    } catch (JsonProcessingException e) {
      throw failure(
          path, "HTTP " + answer.status() + ", expected JSON, found " + e.getOriginalMessage());
    } catch (IOException | IllegalArgumentException e) {
      throw failure(path, "HTTP " + answer.status() + ", " + e.getMessage());
    }
    if (!json.whole()) {
      throw failure(
          path,
          "HTTP "
              + answer.status()
              + ", expected a JSON object with httpstatus, found "
              + json.found());
    }
    int status = json.status();
    if (answer.status() != 200 || status != 200) {
      throw failure(
          path, "HTTP " + answer.status() + ", httpstatus " + status + ": " + json.message());
    }
    return json;
  }

  private <T> Future<T> failed(String path, String reason) {
    return Future.failedFuture(failure(path, reason));
  }

  private RegistryException failure(String path, String reason) {
    return new RegistryException(url + path + ": " + reason);
  }
}
