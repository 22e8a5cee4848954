package io.loda.common.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The file systems in which the kernel makes what is read, and asks who reads it: {@code
 * /proc/kallsyms} has a mode that lets everybody read it, and shows its addresses to root alone.
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

  /** Whether it is one; blocks shortly. */
  static boolean hasDevice(long device) throws IOException {
    long major = ((device >> 8) & 0xfff) | ((device >> 32) & ~0xfffL);
    if (major != 0) {
      // that of a disk
      return false;
    }
    String number = "0:" + ((device & 0xff) | ((device >> 12) & ~0xffL));
    try (Stream<String> mounts = Files.lines(MOUNTS, ISO_8859_1)) {
      return mounts.anyMatch(mount -> isOne(mount, number));
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** {@code 22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw}. */
  private static boolean isOne(String mount, String number) {
    String[] fields = mount.split(" ", -1);
    int separator = mount.indexOf(" - ");
    return fields.length > 2
        && fields[2].equals(number)
        && separator > 0
        && TYPES.contains(mount.substring(separator + 3).split(" ", 2)[0]);
  }
}
