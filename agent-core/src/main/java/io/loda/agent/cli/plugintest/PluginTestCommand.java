package io.loda.agent.cli.plugintest;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitRef;
import io.loda.agent.cli.ConfigOptions;
import io.loda.agent.cli.NotDone;
import io.loda.agent.cli.Terminal;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.poll.NamespaceNames;
import io.loda.agent.source.script.PluginLook;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.config.ConfigException;
import io.loda.common.files.FileReason;
import io.loda.common.files.allowed.LocalRoots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code agent plugin test}: runs a plugin once, like the agent. */
@Command(
    name = "test",
    description = {
      "Runs a plugin once, exactly as the agent would, and shows what would be sent.",
      "Exit code 0: a good run. 1: a failed one. 2: usage or configuration."
    })
public final class PluginTestCommand implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Mixin private TrialOptions trial = new TrialOptions();

  @Parameters(
      paramLabel = "PLUGIN",
      description =
          "The plugin's folder; or a repository's address, which is fetched; or an item as the"
              + " registry has it, '{ … }', whose fields the options replace.")
  private String what = "";

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "1",
      description = "How often it runs, one run directly after the other. Default: 1.")
  private int repeat = 1;

  @Option(names = "--all", description = "Shows all lines of a kind, not only the first 100.")
  private boolean all;

  @Option(names = "--ns", defaultValue = "test", description = "The namespace; default: test.")
  private String namespace = "test";

  @Override
  public Integer call() throws ConfigException, PluginUser.BadUser, NotDone, InterruptedException {
    if (repeat < 1) {
      throw usage("--repeat: expected a number from 1, found " + repeat);
    }
    TrialSubject subject;
    try {
      subject = TrialSubject.of(what, trial.name(), ConfigOptions.home());
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
    Path local = subject.folder();
    if (local != null && !Files.isDirectory(local)) {
      throw usage(local + ": expected a plugin's folder, found none");
    }
    if (!NamespaceNames.isName(namespace)) {
      throw usage(
          "--ns: expected 1 to 64 of [.a-zA-Z0-9_-], no dot first, found \"" + namespace + '"');
    }
    trial.putInto(subject);
    boolean root = PluginUser.ownUid() == 0;
    TrialFolder temporary;
    try {
      temporary = new TrialFolder();
    } catch (IOException e) {
      throw new NotDone("no temporary folder can be made: " + FileReason.of(e));
    }
    try (temporary) {
      Map<String, String> over = new HashMap<>();
      over.put("agent.data-dir", temporary.path().toString());
      over.put("plugins.dir", temporary.path().resolve("plugins").toString());
      over.put("delivery.memory", "256MiB");
      AgentConfig real = options.load(over);
      String wanted = real.plugins().user();
      // a folder that is given by hand may be anywhere
      over.put("plugins.local-roots", "[\"/\"]");
      if (!root) {
        over.put("plugins.user", "nobody"); // without root it runs as the caller anyway
      }
      AgentConfig config = options.load(over);
      PluginUser user = PluginUser.of(config.plugins(), PluginUser.ownUid());
      if (root) {
        user.allowedBy(config.policies());
      } else {
        Terminal.say(
            spec,
            "note     runs as you, "
                + user.name()
                + "; an agent that is root would run it as "
                + (wanted.equals(PluginUsers.AUTO) ? "a user of its own" : wanted));
      }
      TrialReport report = new TrialReport(config, all, line -> Terminal.say(spec, line));
      if (subject.isNameInGit(what)) {
        report.say(
            "note",
            what + " is taken as GROUP/REPO of plugins.git-url" + TrialSubject.noFolder(what));
      }
      Assignment assignment = assignment(subject, config, report);
      Optional<Path> jars =
          local == null ? Optional.of(config.plugins().javaDir()) : JavaTrial.jarsOf(local);
      if (assignment instanceof Assignment.Script
          && local != null
          && PluginLook.at(local, user).program().isEmpty()
          && jars.isPresent()) {
        trial.requireNoneOfScripts();
        subject.item().put("measurement_type", "GOPLUGIN").put("name", assignment.name());
        assignment = assignment(subject, config, report);
      }
      if (assignment instanceof Assignment.JavaPlugin plugin) {
        return new JavaTrial(config, plugin, jars.orElse(config.plugins().javaDir()), report)
            .run(repeat);
      }
      if (!(assignment instanceof Assignment.Script script)) {
        throw usage("expected an item of a plugin, found " + assignment.key());
      }
      LocalRoots roots = new LocalRoots(real.plugins().localRoots());
      return new PluginTrial(config, user, script, local, roots, report, new TrialRaw(trial.raw()))
          .run(repeat);
    }
  }

  /** Makes the assignment that the registry would give. */
  private Assignment assignment(TrialSubject subject, AgentConfig config, TrialReport report) {
    Assignment assignment;
    try {
      assignment = subject.assignment(namespace, config);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
    if (assignment instanceof Assignment.Script script && !GitRef.isValid(script.ref())) {
      throw usage(GitRef.problem(script.ref()));
    }
    String asked = subject.item().getString("interval", "");
    if (asked.matches("[1-9]\\d{0,8}")
        && Long.parseLong(asked) < assignment.interval().toSeconds()) {
      report.say(
          "note",
          "an interval of "
              + asked
              + " s is raised to "
              + assignment.interval().toSeconds()
              + " s (plugins.min-interval)");
    }
    if (!subject.isHere() || subject.given()) {
      subject
          .refusals(namespace, config)
          .forEach(why -> report.say("warning", "it would be left out on this host: " + why));
    }
    return assignment;
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
