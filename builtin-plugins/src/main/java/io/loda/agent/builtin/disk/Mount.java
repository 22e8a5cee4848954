package io.loda.agent.builtin.disk;

import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.TextCursor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A mounted file system.
 *
 * @param path in the host's namespace
 */
record Mount(String device, String path, boolean readOnly) {

  /** File systems that the kernel makes, and images that are always full. */
  private static final Set<String> NOT_MEASURED =
      Set.of(
          "autofs",
          "binfmt_misc",
          "bpf",
          "cgroup",
          "cgroup2",
          "configfs",
          "debugfs",
          "devpts",
          "devtmpfs",
          "efivarfs",
          "erofs",
          "fusectl",
          "hugetlbfs",
          "iso9660",
          "mqueue",
          "nsfs",
          "overlay",
          "proc",
          "pstore",
          "ramfs",
          "rootfs",
          "rpc_pipefs",
          "securityfs",
          "selinuxfs",
          "squashfs",
          "sysfs",
          "tracefs");

  /** Devices without a name; a tmpfs with a name of its own is worth measuring. */
  private static final Set<String> NO_DEVICE = Set.of("none", "nodev", "tmpfs");

  /** The older agents left these folders out, and dashboards rely on that. */
  private static final Set<String> NOT_BELOW =
      Set.of("/dev", "/sys", "/net", "/misc", "/proc", "/lib", "/run/docker/netns");

  /** Returns the file systems worth measuring, each device once, at its shortest path. */
  static Collection<Mount> list(Path mounts) throws IOException {
    Map<String, Mount> found = new LinkedHashMap<>();
    TextCursor text = KernelText.columns(mounts).read();
    while (text.nextLine() && text.nextField()) {
      String device = unescape(text.text());
      text.nextField();
      String path = unescape(text.text());
      text.nextField();
      String type = text.text();
      text.nextField();
      boolean readOnly = text.is("ro") || text.startsWith("ro,");
      if (!measured(device, path, type)) {
        continue;
      }
      String key = device.startsWith("/dev") ? device : device + " " + path;
      Mount mount = new Mount(device, path, readOnly);
      found.merge(key, mount, (a, b) -> b.path.length() < a.path.length() ? b : a);
    }
    return found.values();
  }

  private static boolean measured(String device, String path, String type) {
    return !NOT_MEASURED.contains(type)
        && !NO_DEVICE.contains(device)
        && (!type.startsWith("fuse") || type.equals("fuseblk"))
        && NOT_BELOW.stream().noneMatch(f -> path.equals(f) || path.startsWith(f + "/"));
  }

  /** Decodes blanks and backslashes, which are written as three octal digits. */
  private static String unescape(String field) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\' && i + 3 < field.length()) {
        plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(field.charAt(i));
      }
    }
    return plain.toString();
  }
}
