package io.loda.agent.delivery.spool;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the kernel's boot id and uptime. */
public final class HostBoot {

  private static final Path ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path UPTIME = Path.of("/proc/uptime");

  private HostBoot() {}

  /** Returns the boot; an unknown one with uptime 0 if the kernel doesn't tell. */
  public static SpoolClock.Boot read() {
    try {
      String seconds = Files.readString(UPTIME, US_ASCII).split(" ", -1)[0];
      return new SpoolClock.Boot(
          Files.readString(ID, US_ASCII).strip(), (long) (Double.parseDouble(seconds) * 1000));
    } catch (IOException | NumberFormatException e) {
      return new SpoolClock.Boot("", 0);
    }
  }
}
