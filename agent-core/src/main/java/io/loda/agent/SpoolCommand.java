package io.loda.agent;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigException;
import io.loda.agent.delivery.SpoolFiles;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code agent spool}: what waits on disk, while the agent runs or not. */
@Command(name = "spool", description = "Shows, checks, exports or drops what waits on disk.")
final class SpoolCommand implements Runnable {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  private interface Task {
    int run(String output, SpoolFiles spool) throws IOException;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected a command, found none");
  }

  @Command(name = "ls", description = "Lists the files, how much is in them, and since when.")
  int list(
      @Mixin ConfigOptions options,
      @Option(names = "--output", paramLabel = "NAME", defaultValue = "") String output) {
    return each(options, output, this::list);
  }

  @Command(name = "verify", description = "Reads all of it; fails when something is damaged.")
  int verify(
      @Mixin ConfigOptions options,
      @Option(names = "--output", paramLabel = "NAME", defaultValue = "") String output) {
    return each(options, output, this::verify);
  }

  @Command(
      name = "export",
      description = "Prints the messages, one JSON object a line, those already delivered too.")
  int export(
      @Mixin ConfigOptions options,
      @Option(names = "--output", paramLabel = "NAME", defaultValue = "") String output) {
    return each(options, output, this::export);
  }

  @Command(name = "drop", description = "Deletes what waits on disk; not while the agent runs.")
  int drop(
      @Mixin ConfigOptions options,
      @Option(names = "--output", paramLabel = "NAME", defaultValue = "") String output) {
    return each(options, output, this::drop);
  }

  private int list(String output, SpoolFiles spool) throws IOException {
    List<SpoolFiles.File> files = spool.list();
    for (SpoolFiles.File file : files) {
      Terminal.say(
          spec,
          "%s %s: %d bytes, %d messages, %d points, since %s%s"
              .formatted(
                  output,
                  file.name(),
                  file.bytes(),
                  file.messages(),
                  file.points(),
                  file.oldest().isEmpty() ? "?" : file.oldest(),
                  file.damagedBytes() > 0 ? ", " + file.damagedBytes() + " bytes damaged" : ""));
    }
    Terminal.say(spec, total(output, files));
    return 0;
  }

  private int verify(String output, SpoolFiles spool) throws IOException {
    int exit = 0;
    for (SpoolFiles.File file : spool.list()) {
      if (file.damagedBytes() > 0) {
        Terminal.complain(
            spec,
            "%s %s: %d of %d bytes can't be read; the agent steps over them, and counts what is lost"
                .formatted(output, file.name(), file.damagedBytes(), file.bytes()));
        exit = 1;
      }
    }
    if (exit == 0) {
      list(output, spool);
    }
    return exit;
  }

  private int export(String output, SpoolFiles spool) throws IOException {
    spool.export(
        (message, time) -> {
          JsonObject json =
              new JsonObject()
                  .put("output", output)
                  .put("time", time.toString())
                  .put("topic", message.topic())
                  .put("points", message.points());
          try {
            json.put(
                "payload",
                StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(message.body()))
                    .toString());
          } catch (CharacterCodingException e) {
            json.put("payload_base64", Base64.getEncoder().encodeToString(message.body()));
          }
          Terminal.sayJson(spec, json.encode());
        });
    return 0;
  }

  private int drop(String output, SpoolFiles spool) throws IOException {
    Terminal.say(spec, "dropped: " + total(output, spool.drop()));
    return 0;
  }

  private static String total(String output, List<SpoolFiles.File> files) {
    return "%s: %d files, %d bytes, %d points"
        .formatted(
            output,
            files.size(),
            files.stream().mapToLong(SpoolFiles.File::bytes).sum(),
            files.stream().mapToLong(SpoolFiles.File::points).sum());
  }

  private int each(ConfigOptions options, String only, Task task) {
    AgentConfig config;
    try {
      config = options.load();
    } catch (ConfigException e) {
      Terminal.complain(spec, String.valueOf(e.getMessage()));
      return 2;
    }
    if (!only.isEmpty() && !config.outputs().containsKey(only)) {
      Terminal.complain(
          spec,
          "--output: expected one of "
              + String.join(", ", config.outputs().keySet())
              + ", found "
              + only);
      return 2;
    }
    int exit = 0;
    for (String output : config.outputs().keySet()) {
      if (only.isEmpty() || only.equals(output)) {
        try {
          exit = Math.max(exit, task.run(output, new SpoolFiles(config.host().dataDir(), output)));
        } catch (IOException e) {
          Terminal.complain(spec, "spool of output " + output + ": " + e.getMessage());
          exit = 1;
        }
      }
    }
    return exit;
  }
}
