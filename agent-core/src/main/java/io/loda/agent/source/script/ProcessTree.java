package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run started: the processes of its session, and those that left it but still carry the
 * run's mark in their environment.
 *
 * <p>Handles remember when their process started, so that a number used again is not hit.
 */
final class ProcessTree {

  private static final Path PROC = Path.of("/proc");

  private ProcessTree() {}

  static List<ProcessHandle> of(long session, String mark) {
    List<ProcessHandle> members = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (isMember(process, session, mark)) {
          ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
              .filter(handle -> isMember(process, session, mark))
              .ifPresent(members::add);
        }
      }
    } catch (IOException e) {
      // without /proc there is the session's leader to end, and whoever calls does
    }
    return members;
  }

  /** Ends the session's group at once, which is faster than a program that multiplies. */
  static void killGroup(long leader) {
    Command.run("/bin/sh", "-c", "kill -s KILL -- \"-$1\"", "sh", Long.toString(leader));
  }

  private static boolean isMember(Path process, long session, String mark) {
    try {
      String stat = Files.readString(process.resolve("stat"), ISO_8859_1);
      // pid (name) state ppid pgrp session …: the name may hold blanks and parentheses
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      if (fields[0].equals("Z") || fields[0].equals("X")) {
        return false;
      }
      return Long.parseLong(fields[3]) == session
          || Files.readString(process.resolve("environ"), ISO_8859_1).contains(mark);
    } catch (IOException | RuntimeException e) {
      // gone, or not ours to read: then it isn't ours to end either
      return false;
    }
  }
}
