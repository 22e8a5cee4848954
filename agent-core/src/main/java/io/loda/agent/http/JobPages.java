package io.loda.agent.http;

import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.schedule.JobStatus;
import io.loda.agent.schedule.Scheduler;
import io.loda.common.http.Answers;
import io.loda.common.http.Reply;
import io.loda.common.logging.VisibleText;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer with all jobs and all rejected items. There may be ten thousand of each, so it
 * is made and sent in pieces, and takes no more of the memory for answers than one piece. On the
 * server's event loop.
 */
final class JobPages {

  /** The largest piece, which ends with the job that exceeds {@link #FULL_BYTES}. */
  private static final int PIECE_BYTES = 64 * 1024;

  private static final int FULL_BYTES = 16 * 1024;
  private static final int JOBS = 50;

  private final Scheduler scheduler;
  private final Shape shape;
  private final List<RejectedItem> rejected;
  private final Deque<JobStatus> read = new ArrayDeque<>();
  private int jobs;
  private boolean jobsEnded;
  private int items;
  private boolean first = true;

  /**
   * The texts of the answer.
   *
   * @param type the content type
   * @param head the text before the first job
   * @param job writes a job; returns null for one that isn't listed
   * @param separator the text between two entries
   * @param middle the text after the last job
   * @param item writes a rejected item; null: these aren't listed
   * @param tail the text at the end
   */
  record Shape(
      String type,
      String head,
      Function<JobStatus, @Nullable String> job,
      String separator,
      String middle,
      @Nullable Function<RejectedItem, String> item,
      String tail) {

    /** Makes the shape of a JSON object: the fields of {@code head}, then the two lists. */
    static Shape json(JsonObject head, String list, Function<JobStatus, @Nullable JsonObject> job) {
      String begin = head.encode();
      return new Shape(
          Reply.JSON,
          begin.substring(0, begin.length() - 1)
              + (head.isEmpty() ? "" : ",")
              + '"'
              + list
              + "\":[",
          status -> {
            JsonObject json = job.apply(status);
            return json == null ? null : json.encode();
          },
          ",",
          "],\"rejected\":[",
          item -> StatusJson.of(item).encode(),
          "]}");
    }
  }

  private JobPages(Scheduler scheduler, Shape shape, List<RejectedItem> rejected) {
    this.scheduler = scheduler;
    this.shape = shape;
    this.rejected = shape.item() == null ? List.of() : rejected;
  }

  static void send(
      RoutingContext call, Scheduler scheduler, List<RejectedItem> rejected, Shape shape) {
    Runnable reserved = Answers.reserve(call, PIECE_BYTES);
    if (reserved == null) {
      return;
    }
    JobPages pages = new JobPages(scheduler, shape, rejected);
    Buffer head = Buffer.buffer(shape.head());
    Buffer[] begin = {head};
    Objects.requireNonNull(Answers.of(call)).stream(
        call,
        shape.type(),
        reserved,
        () -> {
          Buffer piece = begin[0];
          begin[0] = Buffer.buffer();
          return pages.fill(piece);
        },
        () -> {});
  }

  private Future<Answers.Piece> fill(Buffer piece) {
    while (!read.isEmpty() && piece.length() < FULL_BYTES) {
      String job = shape.job().apply(read.remove());
      if (job != null) {
        add(piece, job);
      }
    }
    if (piece.length() >= FULL_BYTES) {
      return Future.succeededFuture(new Answers.Piece(piece, false));
    }
    if (!jobsEnded) {
      return scheduler.jobs(jobs, JOBS).compose(more -> fill(piece, more));
    }
    Function<RejectedItem, String> item = shape.item();
    while (item != null && items < rejected.size() && piece.length() < FULL_BYTES) {
      add(piece, item.apply(rejected.get(items++)));
    }
    boolean last = items == rejected.size();
    return Future.succeededFuture(
        new Answers.Piece(last ? piece.appendString(shape.tail()) : piece, last));
  }

  private Future<Answers.Piece> fill(Buffer piece, List<JobStatus> more) {
    jobs += more.size();
    read.addAll(more);
    if (more.isEmpty()) {
      jobsEnded = true;
      first = true;
      piece.appendString(shape.middle());
    }
    return fill(piece);
  }

  private void add(Buffer piece, String text) {
    if (!first) {
      piece.appendString(shape.separator());
    }
    first = false;
    // people look at JSON on terminals, too
    piece.appendString(VisibleText.data(text));
  }
}
