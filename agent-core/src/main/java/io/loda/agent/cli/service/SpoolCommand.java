package io.loda.agent.cli.service;

import io.loda.agent.cli.ConfigOptions;
import io.loda.agent.cli.NotDone;
import io.loda.agent.cli.Terminal;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.RefusedMessages;
import io.loda.agent.delivery.spool.LeftSpool;
import io.loda.agent.delivery.spool.SpoolFiles;
import io.loda.agent.delivery.spool.SpoolMove;
import io.loda.common.config.ConfigException;
import io.loda.common.files.FileReason;
import io.loda.common.files.PidLock;
import io.loda.common.logging.Plural;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code agent spool}: works on the spools, whether the agent runs or not.
 *
 * <p>{@code drop} and {@code move} need a stopped agent: a running one keeps the list of its files
 * in memory, and would send some of them meanwhile.
 */
@Command(
    name = "spool",
    description = "Shows, checks, exports, moves or drops the messages that wait on disk.")
public final class SpoolCommand implements Runnable {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  private interface Task {
    int run(String output, SpoolFiles spool) throws IOException;
  }

  private interface Work {
    int run() throws IOException;
  }

  private interface ConfiguredWork {
    int run(AgentConfig config) throws IOException;
  }

  /** The options for the configuration and the output; without an output a command is for all. */
  static final class Chosen {

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private ConfigOptions options;

    @Option(names = "--output", paramLabel = "NAME", defaultValue = "")
    private String output = "";
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "expected a command, found none");
  }

  @Command(name = "ls", description = "Lists the files, how much is in them, and since when.")
  int list(@Mixin Chosen chosen) throws ConfigException, NotDone {
    return each(chosen, false, this::list);
  }

  @Command(name = "verify", description = "Reads all messages; fails if something is damaged.")
  int verify(@Mixin Chosen chosen) throws ConfigException, NotDone {
    return each(chosen, false, this::verify);
  }

  @Command(
      name = "export",
      description = "Prints the messages, one JSON object a line, those already delivered too.")
  int export(@Mixin Chosen chosen) throws ConfigException, NotDone {
    return each(chosen, false, this::export);
  }

  @Command(
      name = "drop",
      description = "Deletes the messages that wait on disk; not while the agent runs.")
  int drop(@Mixin Chosen chosen) throws ConfigException, NotDone {
    return each(chosen, true, this::drop);
  }

  @Command(
      name = "move",
      description = {
        "Moves the messages that wait for an output to another one, for example after a rename.",
        "Not while the agent runs."
      })
  int move(
      @Mixin ConfigOptions options,
      @Parameters(paramLabel = "OLD", description = "the output's name before") String from,
      @Parameters(paramLabel = "NEW", description = "an output of the configuration") String to)
      throws ConfigException, NotDone {
    return with(options, data -> "spool of output " + from, config -> move(config, from, to));
  }

  private int move(AgentConfig config, String from, String to) throws IOException {
    if (!config.outputs().containsKey(to)) {
      throw new NotDone(
          NotDone.USAGE,
          "the configuration has no output "
              + to
              + "; it has: "
              + String.join(", ", config.outputs().keySet()));
    }
    if (from.equals(to)) {
      throw new NotDone(
          NotDone.USAGE, "NEW: expected another output than " + from + ", found the same");
    }
    if (config.delivery().durability().equals("memory")) {
      throw new NotDone(
          NotDone.USAGE,
          "NEW: with delivery.durability = memory nobody sends what waits on disk for output "
              + to
              + "; set it to spill or sync first");
    }
    Path data = config.host().dataDir();
    SpoolMove move = new SpoolMove(data);
    boolean finished = finishMove(data);
    if (!move.isThere(from)) {
      if (finished) {
        return 0;
      }
      throw new NotDone(
          NotDone.USAGE,
          "OLD: expected an output with a spool in "
              + data.resolve("spool")
              + ", found \""
              + from
              + "\"; agent spool ls lists them");
    }
    return whileStopped(data, () -> move(move, from, to));
  }

  private int move(SpoolMove move, String from, String to) throws IOException {
    SpoolMove.Moved moved = move.move(from, to);
    Terminal.say(
        spec,
        "moved: %s from output %s to output %s%s"
            .formatted(
                Plural.of(moved.points(), "point"),
                from,
                to,
                moved.lost() > 0 ? "; " + moved.lost() + " couldn't be read" : ""));
    return 0;
  }

  /** Does the work while no agent can start. */
  private static int whileStopped(Path data, Work work) throws IOException {
    PidLock lock = PidLock.take(data.resolve("agent.lock"));
    try {
      return work.run();
    } finally {
      lock.close();
    }
  }

  /**
   * Loads the configuration and does the work.
   *
   * @param what returns the subject of a failure for the data folder
   */
  private int with(ConfigOptions options, Function<Path, String> what, ConfiguredWork work)
      throws ConfigException, NotDone {
    AgentConfig config = options.load();
    Path data = config.host().dataDir();
    try {
      return work.run(config);
    } catch (NotDone e) {
      throw e;
    } catch (PidLock.InUseException e) {
      throw new NotDone(
          "the agent with pid " + e.pid() + " has the data folder " + data + "; stop it first");
    } catch (IOException e) {
      throw new NotDone(what.apply(data) + ": " + FileReason.of(e));
    }
  }

  /**
   * Finishes a move that was killed after it took effect: else the moved points would still be
   * listed. A running agent did so at its start.
   */
  private boolean finishMove(Path data) throws IOException {
    SpoolMove move = new SpoolMove(data);
    if (!move.isInterrupted()) {
      return false;
    }
    try {
      whileStopped(
          data,
          () -> {
            move.finish();
            return 0;
          });
    } catch (PidLock.InUseException e) {
      return false;
    }
    Terminal.complain(spec, "a move that was interrupted is finished");
    return true;
  }

  private int list(String output, SpoolFiles spool) throws IOException {
    List<SpoolFiles.File> files = spool.list();
    for (SpoolFiles.File file : files) {
      Terminal.say(
          spec,
          "%s %s: %s, %s, %s, since %s%s"
              .formatted(
                  output,
                  file.name(),
                  Plural.of(file.bytes(), "byte"),
                  Plural.of(file.messages(), "message"),
                  Plural.of(file.points(), "point"),
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
            "%s %s: %d of %d bytes can't be read; the agent skips them, and counts what is lost"
                .formatted(output, file.name(), file.damagedBytes(), file.bytes()));
        exit = 1;
      }
    }
    if (exit == 0) {
      list(output, spool);
      Terminal.say(spec, output + ": all of it is good");
    }
    return exit;
  }

  private int export(String output, SpoolFiles spool) throws IOException {
    spool.export(
        (message, time) -> {
          JsonObject json = new JsonObject().put("output", output).put("time", time.toString());
          RefusedMessages.put(json, message);
          Terminal.sayJson(spec, json.encode());
        });
    return 0;
  }

  private int drop(String output, SpoolFiles spool) throws IOException {
    Terminal.say(spec, "dropped: " + total(output, spool.drop()));
    return 0;
  }

  private static String total(String output, List<SpoolFiles.File> files) {
    return "%s: %s, %s, %s"
        .formatted(
            output,
            Plural.of(files.size(), "file"),
            Plural.of(files.stream().mapToLong(SpoolFiles.File::bytes).sum(), "byte"),
            Plural.of(files.stream().mapToLong(SpoolFiles.File::points).sum(), "point"));
  }

  /**
   * Runs a task for each output, including those that aren't configured.
   *
   * @param drops whether the task drops: an output that isn't configured must be named then
   */
  private int each(Chosen chosen, boolean drops, Task task) throws ConfigException, NotDone {
    return with(
        chosen.options,
        data -> "spools in " + data,
        config -> {
          Path data = config.host().dataDir();
          finishMove(data);
          return drops && Files.isDirectory(data)
              ? whileStopped(data, () -> each(config, chosen.output, true, task))
              : each(config, chosen.output, drops, task);
        });
  }

  private int each(AgentConfig config, String only, boolean drops, Task task) throws NotDone {
    Set<String> outputs = new LinkedHashSet<>(config.outputs().keySet());
    try {
      for (LeftSpool left : LeftSpool.find(config.host().dataDir(), config.outputs().keySet())) {
        outputs.add(left.output());
        if (only.isEmpty() || only.equals(left.output())) {
          Terminal.complain(spec, "warning: " + left);
        }
      }
    } catch (IOException e) {
      Terminal.complain(spec, "can't see what waits for other outputs: " + FileReason.of(e));
    }
    if (!only.isEmpty() && !outputs.contains(only)) {
      throw new NotDone(
          NotDone.USAGE,
          "--output: expected one of " + String.join(", ", outputs) + ", found " + only);
    }
    int exit = 0;
    for (String output : only.isEmpty() && drops ? config.outputs().keySet() : outputs) {
      if (only.isEmpty() || only.equals(output)) {
        try {
          exit = Math.max(exit, task.run(output, new SpoolFiles(config.host().dataDir(), output)));
        } catch (IOException e) {
          Terminal.complain(spec, "spool of output " + output + ": " + FileReason.of(e));
          exit = 1;
        }
      }
    }
    return exit;
  }
}
