package io.loda.agent.registry;

/** Holds the host's identity as last read. Any thread. */
public final class CurrentHost {

  private volatile HostIdentity identity;

  public CurrentHost(HostIdentity identity) {
    this.identity = identity;
  }

  public HostIdentity get() {
    return identity;
  }

  public void set(HostIdentity seen) {
    identity = seen;
  }

  public String hostname() {
    return identity.hostname();
  }
}
