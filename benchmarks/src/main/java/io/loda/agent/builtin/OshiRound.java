package io.loda.agent.builtin;

import java.util.List;
import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;
import oshi.hardware.HWDiskStore;
import oshi.hardware.HardwareAbstractionLayer;
import oshi.hardware.NetworkIF;
import oshi.nativefree.SystemInfo;
import oshi.software.os.OperatingSystem;
import oshi.util.GlobalConfig;

/** The same figures by OSHI without JNA, read anew each time instead of from its cache. */
final class OshiRound {
  private final OperatingSystem os;
  private final CentralProcessor processor;
  private final GlobalMemory memory;
  private final List<HWDiskStore> disks;
  private final List<NetworkIF> interfaces;
  private final long[] ticks;
  private final long[][] coreTicks;

  OshiRound() {
    GlobalConfig.set("oshi.util.memoizer.expiration", 0);
    SystemInfo info = new SystemInfo();
    HardwareAbstractionLayer hardware = info.getHardware();
    os = info.getOperatingSystem();
    processor = hardware.getProcessor();
    memory = hardware.getMemory();
    disks = hardware.getDiskStores();
    interfaces = hardware.getNetworkIFs();
    ticks = processor.getSystemCpuLoadTicks();
    coreTicks = processor.getProcessorCpuLoadTicks();
  }

  double cpu() {
    return processor.getSystemCpuLoadBetweenTicks(ticks)
        + processor.getProcessorCpuLoadBetweenTicks(coreTicks)[0]
        + processor.getSystemLoadAverage(3)[0];
  }

  double mem() {
    return (double) memory.getTotal()
        + memory.getAvailable()
        + memory.getVirtualMemory().getSwapUsed();
  }

  long disk() {
    return disks.stream().filter(HWDiskStore::updateAttributes).count();
  }

  long net() {
    return interfaces.stream().filter(NetworkIF::updateAttributes).count()
        + os.getInternetProtocolStats().getTCPv4Stats().getConnectionsEstablished();
  }

  int ps() {
    return os.getProcesses().size();
  }
}
