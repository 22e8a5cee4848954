package io.loda.agent.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.point.Message;
import io.loda.common.files.OwnFiles;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps messages that an output refused for good, each as a JSON file with the reason. Bounded in
 * files and bytes: the oldest are deleted. Any thread; a worker writes the files.
 */
public final class RefusedMessages {

  private static final Logger LOG = LoggerFactory.getLogger(RefusedMessages.class);

  private static final int MAX_PENDING = 16;
  private static final int MAX_FILES = 1_000;
  private static final long MAX_BYTES = 16 << 20;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS").withZone(ZoneOffset.UTC);

  private final Path folder;
  private final Executor worker;
  private final InstantSource clock;
  private final AtomicInteger pending = new AtomicInteger();
  private int number;
  private boolean failing;

  /**
   * Creates it for a folder, which is created with the first message.
   *
   * @param worker runs what blocks, one task at a time
   */
  public RefusedMessages(Path folder, Executor worker, InstantSource clock) {
    this.folder = folder;
    this.worker = worker;
    this.clock = clock;
  }

  /** Keeps a message, unless too many are waiting to be written. */
  void keep(String output, Message message, String reason) {
    if (pending.incrementAndGet() > MAX_PENDING) {
      pending.decrementAndGet();
      return;
    }
    worker.execute(
        () -> {
          try {
            write(output, message, reason);
          } finally {
            pending.decrementAndGet();
          }
        });
  }

  private void write(String output, Message message, String reason) {
    Instant now = clock.instant();
    JsonObject json =
        new JsonObject().put("time", now.toString()).put("output", output).put("reason", reason);
    put(json, message);
    String name = "%s-%06d.json".formatted(TIME.format(now), number++ % 1_000_000);
    try {
      OwnFiles.createFolders(folder);
      OwnFiles.write(folder.resolve(name), (json.encodePrettily() + "\n").getBytes(UTF_8));
      removeOldest();
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        LOG.warn(
            "output {}: write to {} failed, refused messages are only counted: {}",
            output,
            folder,
            e);
      }
      failing = true;
    }
  }

  /** Puts topic, number of points and body; a body that isn't UTF-8 as Base64. */
  public static void put(JsonObject json, Message message) {
    json.put("topic", message.topic()).put("points", message.points());
    try {
      json.put("payload", UTF_8.newDecoder().decode(ByteBuffer.wrap(message.body())).toString());
    } catch (CharacterCodingException e) {
      json.put("payload_base64", Base64.getEncoder().encodeToString(message.body()));
    }
  }

  private record Kept(Path file, long bytes) {}

  private void removeOldest() throws IOException {
    List<Kept> files = new ArrayList<>();
    long bytes = 0;
    try (Stream<Path> listed = Files.list(folder)) {
      for (Path file : listed.filter(f -> f.toString().endsWith(".json")).toList()) {
        Kept kept = new Kept(file, Files.size(file));
        files.add(kept);
        bytes += kept.bytes();
      }
    }
    files.sort(Comparator.comparing(Kept::file));
    for (int i = 0;
        i < files.size() - 1 && (files.size() - i > MAX_FILES || bytes > MAX_BYTES);
        i++) {
      Files.deleteIfExists(files.get(i).file());
      bytes -= files.get(i).bytes();
    }
  }
}
