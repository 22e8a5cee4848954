package io.loda.common.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The file systems whose content the kernel makes when it is read, depending on the reader: {@code
 * /proc/kallsyms} has a mode that lets everybody read it, but shows its addresses only to root.
 */
final class KernelFileSystems {

  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final Set<String> TYPES =
      Set.of(
          "bpf",
          "cgroup",
          "cgroup2",
          "configfs",
          "debugfs",
          "devpts",
          "efivarfs",
          "proc",
          "pstore",
          "securityfs",
          "selinuxfs",
          "sysfs",
          "tracefs");

  private KernelFileSystems() {}

  /** Returns whether a device is such a file system; blocks shortly. */
  static boolean hasDevice(long device) throws IOException {
    long major = ((device >> 8) & 0xfff) | ((device >> 32) & ~0xfffL);
    if (major != 0) {
      // a disk has a major number
      return false;
    }
    String number = "0:" + ((device & 0xff) | ((device >> 12) & ~0xffL));
    try (Stream<String> mounts = Files.lines(MOUNTS, ISO_8859_1)) {
      return mounts.anyMatch(mount -> isOne(mount, number));
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Matches a line like {@code 22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw}. */
  private static boolean isOne(String mount, String number) {
    String[] fields = mount.split(" ", -1);
    int separator = mount.indexOf(" - ");
    return fields.length > 2
        && fields[2].equals(number)
        && separator > 0
        && TYPES.contains(mount.substring(separator + 3).split(" ", 2)[0]);
  }
}
