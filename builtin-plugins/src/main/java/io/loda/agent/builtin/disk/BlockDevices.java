package io.loda.agent.builtin.disk;

import io.loda.agent.builtin.kit.HostTrees;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides which block devices are measured: hardware, or what this host sees as such.
 *
 * <p>Devices that consist of others ({@code dm-}, {@code md}, {@code loop}…) are left out, since
 * their requests are counted in those. Not thread-safe.
 */
final class BlockDevices {
  private static final Pattern MADE_OF_OTHERS =
      Pattern.compile("(loop|ram|zram|dm-|md|drbd|sr|fd|nbd|rbd)\\d.*");

  private final Path sysBlock;
  private final Path sysClassBlock;
  private final boolean partitions;
  private final Map<String, Boolean> known = new HashMap<>();

  BlockDevices(HostTrees host, boolean partitions) {
    this.sysBlock = host.sys().resolve("block");
    this.sysClassBlock = host.sys().resolve("class/block");
    this.partitions = partitions;
  }

  boolean measured(String device) {
    return known.computeIfAbsent(device, this::look);
  }

  /** Forgets devices that are gone; their names may be reused. */
  void present(Set<String> devices) {
    known.keySet().retainAll(devices);
  }

  private boolean look(String device) {
    if (MADE_OF_OTHERS.matcher(device).matches()) {
      return false;
    }
    // in sysfs the kernel writes a "/" of a device's name as "!"
    String entry = device.replace('/', '!');
    return Files.isDirectory(sysBlock.resolve(entry))
        || (partitions && Files.exists(sysClassBlock.resolve(entry).resolve("partition")));
  }
}
