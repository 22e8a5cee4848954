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
 * Where the agent of a data folder answers, and whether it is that agent who does: another one, or
 * something else, may listen there. Who holds the data folder says which process it must be; where
 * that can't be read, the folder that the answer names must be the same.
 */
public final class AgentAddress {

  /** The rest of the 5 s in which a command says that an agent hangs is its own start. */
  public static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final int MOST_BYTES = 64 << 10;

  private final AgentConfig config;
  private final HttpClient client;

  AgentAddress(AgentConfig config, HttpClient client) {
    this.config = config;
    this.client = client;
  }

  /** The agent that was meant can't be asked. */
  static final class NoAgent extends IOException {

    private static final long serialVersionUID = 1L;

    /** No process has the data folder. */
    static final int ABSENT = 1;

    /** It is there, and doesn't answer. */
    static final int HANGS = 3;

    /** Somebody else answers. */
    static final int ANOTHER = 4;

    private final int exitCode;

    NoAgent(int exitCode, String message) {
      super(message);
      this.exitCode = exitCode;
    }

    /** Of the command that wanted to ask. */
    int exitCode() {
      return exitCode;
    }
  }

  @Override
  public String toString() {
    return "http://" + config.http().listen();
  }

  URI uri(String pathAndQuery) {
    return URI.create(this + pathAndQuery);
  }

  /**
   * Makes sure that the data folder's agent answers here; takes {@link #PATIENCE} at most.
   *
   * @throws NoAgent when it doesn't: says whether it isn't there, hangs, or somebody else answers
   */
  void requireAgent() throws IOException, InterruptedException {
    Holder holder = holder();
    if (holder.known && holder.pid.isEmpty()) {
      throw new NoAgent(
          NoAgent.ABSENT,
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
      throw new NoAgent(
          NoAgent.ANOTHER,
          "the agent that answers at "
              + this
              + " is another one: "
              + (pid < 0 ? "it doesn't say which" : "pid " + pid + ", data folder " + dataDir)
              + "; expected that of "
              + folder()
              + holder.text());
    }
  }

  /** Whether the agent with this pid answers. */
  boolean isAnsweredBy(long pid) throws InterruptedException {
    try {
      return pid(health(new Holder(true, OptionalLong.of(pid)))) == pid;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whatever answers may say something else than a number. */
  private static long pid(JsonObject answer) {
    Object pid = answer.getValue("pid");
    return pid instanceof Integer || pid instanceof Long ? ((Number) pid).longValue() : -1;
  }

  private Path folder() {
    return config.host().dataDir();
  }

  /** Who has the data folder; not known to a user who may not read that. */
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
      throw new NoAgent(
          NoAgent.ANOTHER, "what answers at " + this + " is no agent: " + FileReason.of(e));
    }
    boolean may = response.statusCode() == 200 || response.statusCode() == 503;
    return (may ? WholeAnswer.json(response) : Optional.<JsonObject>empty())
        .orElseThrow(
            () ->
                noAgent(
                    "/health gave HTTP "
                        + response.statusCode()
                        + ", and none of what an agent says"));
  }

  /** Says that what answers gives what no agent of this version does. */
  NoAgent noAgent(String what) {
    return new NoAgent(
        NoAgent.ANOTHER,
        "what answers at "
            + this
            + " is no agent of this version: "
            + what
            + "; an agent that was started before an update must be restarted");
  }

  private NoAgent silent(Holder holder, String how) {
    if (holder.pid.isEmpty()) {
      return new NoAgent(
          NoAgent.ABSENT,
          "the agent of "
              + folder()
              + " "
              + how
              + "; whether it runs can be seen by its own user, or root");
    }
    return new NoAgent(
        NoAgent.HANGS,
        "the agent of "
            + folder()
            + holder.text()
            + ", "
            + how
            + ": it starts, stops, hangs or listens elsewhere; its log says more, and agent stop"
            + " ends it");
  }
}
