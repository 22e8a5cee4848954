package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loda.agent.source.script.cage.PluginEntry;
import io.loda.agent.source.script.user.Access;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.files.FileReason;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a plugin's author should know of its folder before a run.
 *
 * @param program the file that runs; empty: there is none
 * @param copied true: the plugin's user can't enter the folder, so a copy runs
 * @param warnings what prevents a run, or may
 */
public record PluginLook(String program, boolean copied, List<String> warnings) {

  private static final int LOOKED_AT = 1 << 20;
  private static final String ELF = "\u007fELF";

  public PluginLook {
    warnings = List.copyOf(warnings);
  }

  /** Looks at a folder; blocks. */
  public static PluginLook at(Path folder, PluginUser user) {
    List<String> found =
        PluginEntry.NAMES.stream().filter(name -> Files.exists(folder.resolve(name))).toList();
    if (found.isEmpty()) {
      return new PluginLook("", false, List.of());
    }
    Path program = folder.resolve(found.get(0));
    List<String> warnings = new ArrayList<>();
    if (found.size() > 1) {
      warnings.add("there are plugin.sh and plugin; plugin.sh is run");
    }
    boolean copied = false;
    try {
      boolean executable = Files.isExecutable(program);
      if (!executable) {
        warnings.add(program + " isn't executable: do chmod +x, and commit it");
      }
      text(program, warnings);
      copied = executable && !new Access(user).canRun(folder, program);
    } catch (IOException e) {
      warnings.add(program + " can't be read: " + FileReason.of(e));
    }
    return new PluginLook(found.get(0), copied, warnings);
  }

  private static void text(Path program, List<String> warnings) throws IOException {
    String text;
    try (Opened opened = SafeFiles.openRegular(program)) {
      text = new String(opened.head(LOOKED_AT), ISO_8859_1);
    }
    if (text.startsWith(ELF)) {
      return;
    }
    if (!text.startsWith("#!")) {
      warnings.add(
          program + " has no first line like #!/bin/sh: sh runs it, whatever it is written in");
    } else {
      String interpreter = text.substring(2).strip().split("\\s", 2)[0];
      if (interpreter.startsWith("/") && !Files.isExecutable(Path.of(interpreter))) {
        warnings.add(program + " names the interpreter " + interpreter + ", which isn't here");
      }
    }
    if (text.contains("\r\n")) {
      warnings.add(program + " has line ends of Windows (CRLF): do sed -i 's/\\r$//' " + program);
    }
  }
}
