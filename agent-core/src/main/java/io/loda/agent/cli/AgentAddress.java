package io.loda.agent.cli;

import io.loda.agent.assembly.DataFolder;
import io.loda.agent.config.AgentConfig;
import io.loda.common.files.FileReason;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The address of a data folder's agent. It also checks that this agent answers there, since another
 * agent or program may listen: the lock of the data folder has the expected pid. If the lock can't
 * be read, the answer must name the same data folder.
 */
public final class AgentAddress {

  /** A command reports an agent that hangs within 5 s; its own start takes the rest. */
  public static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final int MOST_BYTES = 64 << 10;

  private final AgentConfig config;
  private final HttpClient client;

  AgentAddress(AgentConfig config, HttpClient client) {
    this.config = config;
    this.client = client;
  }

  @Override
  public String toString() {
    return "http://" + config.http().listen();
  }

  URI uri(String pathAndQuery) {
    return URI.create(this + pathAndQuery);
  }

  /**
   * Checks that the data folder's agent answers here; takes {@link #PATIENCE} at most.
   *
   * @throws NotDone when it doesn't; says whether it doesn't run, hangs, or another one answers
   */
  void requireAgent() throws IOException, InterruptedException {
    Holder holder = holder();
    if (holder.known && holder.pid.isEmpty()) {
      throw new NotDone(
          NotDone.FAILED,
          "no agent runs on " + folder() + " (agent start starts one, -f says whose)");
    }
    JsonObject answer = health(holder);
    long pid = pid(answer);
    String dataDir = String.valueOf(answer.getValue("data_dir", ""));
    boolean same =
        holder.pid.isPresent()
            ? pid == holder.pid.getAsLong()
            : dataDir.equals(folder().toString());
    if (!same) {
      throw new NotDone(
          NotDone.ANOTHER,
          "the agent that answers at "
              + this
              + " is another one: "
              + (pid < 0 ? "it doesn't say which" : "pid " + pid + ", data folder " + dataDir)
              + "; expected that of "
              + folder()
              + holder.text());
    }
  }

  boolean isAnsweredBy(long pid) throws InterruptedException {
    try {
      return pid(health(new Holder(true, OptionalLong.of(pid)))) == pid;
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns the pid in the answer; −1: it has no number there, as other programs may answer. */
  private static long pid(JsonObject answer) {
    Object pid = answer.getValue("pid");
    return pid instanceof Integer || pid instanceof Long ? ((Number) pid).longValue() : -1;
  }

  private Path folder() {
    return config.host().dataDir();
  }

  /** The process that holds the data folder; unknown to a user who may not read the lock. */
  private record Holder(boolean known, OptionalLong pid) {

    String text() {
      return pid.isPresent() ? ", with pid " + pid.getAsLong() : "";
    }
  }

  private Holder holder() {
    try {
      return new Holder(true, DataFolder.holder(folder()));
    } catch (IOException e) {
      return new Holder(false, OptionalLong.empty());
    }
  }

  private JsonObject health(Holder holder) throws IOException, InterruptedException {
    HttpResponse<String> response;
    try {
      response =
          WholeAnswer.of(
              client,
              HttpRequest.newBuilder(uri("/health")).header("Accept", "application/json").build(),
              PATIENCE,
              MOST_BYTES);
    } catch (HttpTimeoutException e) {
      throw silent(holder, "doesn't answer at " + this + " within " + PATIENCE.toSeconds() + " s");
    } catch (ConnectException e) {
      throw silent(holder, "doesn't listen at " + this + ", the configuration's http.listen");
    } catch (IOException e) {
      throw new NotDone(
          NotDone.ANOTHER, "what answers at " + this + " is no agent: " + FileReason.of(e));
    }
    boolean may = response.statusCode() == 200 || response.statusCode() == 503;
    return (may ? WholeAnswer.json(response) : Optional.<JsonObject>empty())
        .orElseThrow(
            () ->
                noAgent(
                    "/health answered HTTP "
                        + response.statusCode()
                        + ", which isn't an agent's answer"));
  }

  /** Makes the error for an answer that no agent of this version gives. */
  NotDone noAgent(String what) {
    return new NotDone(
        NotDone.ANOTHER,
        "what answers at "
            + this
            + " is no agent of this version: "
            + what
            + "; an agent that was started before an update must be restarted");
  }

  private NotDone silent(Holder holder, String how) {
    if (holder.pid.isEmpty()) {
      return new NotDone(
          NotDone.FAILED,
          "the agent of "
              + folder()
              + " "
              + how
              + "; whether it runs can be seen by its own user, or root");
    }
    return new NotDone(
        NotDone.HANGS,
        "the agent of "
            + folder()
            + holder.text()
            + ", "
            + how
            + ": it starts, stops, hangs or listens elsewhere; its log says more, and agent stop"
            + " ends it");
  }
}
