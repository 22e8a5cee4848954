package io.loda.agent.cli.plugintest;

import io.loda.agent.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A plugin's folder, tried by {@code agent plugin test}, and what that says. */
public abstract class PluginTrialFixture {

  protected final StringWriter out = new StringWriter();
  protected final StringWriter err = new StringWriter();
  protected Path folder;
  protected Path plugin;

  @BeforeEach
  void folder(@TempDir Path temp) throws IOException {
    folder = temp;
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
    plugin = Files.createDirectory(temp.resolve("plugin-demo"));
    Files.writeString(
        folder.resolve("agent.conf"), "agent.hostname = web1\nplugins.local-roots = [\"/opt\"]\n");
  }

  protected final void script(String... lines) throws IOException {
    Path file = plugin.resolve("plugin.sh");
    Files.writeString(file, String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  protected final int test(String... arguments) {
    return testOf(plugin.toString(), arguments);
  }

  protected final int testOf(String what, String... arguments) {
    List<String> all = new ArrayList<>(List.of("plugin", "test", what));
    all.addAll(List.of("-f", folder.resolve("agent.conf").toString()));
    all.addAll(List.of(arguments));
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  /** What was said of a kind. */
  protected final List<String> said(String kind) {
    return out.toString()
        .lines()
        .filter(line -> line.startsWith(kind + " "))
        .map(line -> line.substring(kind.length()).strip())
        .toList();
  }
}
