package io.loda.agent.plugin;

/** Keys of what the agent adds to a plugin's parameters. A registry can't set them. */
public final class AgentParameters {

  /** The host's name, as it goes into the tag {@code host}. */
  public static final String HOSTNAME = "agent.hostname";

  /** Prefixes of the network interfaces to measure, separated by commas ({@code eth,en}). */
  public static final String INTERFACES = "agent.interfaces";

  /** Where the host's {@code /proc} is, for an agent in a container. */
  public static final String HOST_PROC = "agent.host-proc";

  /** Where the host's {@code /sys} is. */
  public static final String HOST_SYS = "agent.host-sys";

  /** Where the host's root file system is. */
  public static final String HOST_ROOT = "agent.host-root";

  /** NTP servers, separated by commas; empty means that none is asked. */
  public static final String NTP_SERVERS = "agent.ntp-servers";

  /** A folder that outlives restarts, in which a plugin may keep positions. Shared by all. */
  public static final String STATE_DIR = "agent.state-dir";

  /** The namespace that it is assigned in; missing for a measurement of the whole host. */
  public static final String NAMESPACE = "agent.namespace";

  private AgentParameters() {}
}
