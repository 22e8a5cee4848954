package io.loda.agent.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The repositories that a rule of the policy is about: an address in any of its forms, with the
 * wildcards of {@link Glob}. A lone {@code *} is every repository.
 *
 * <p>A deny rule compares only host and path, and ignores case. An allow rule also compares
 * transport, user and port, since another port may be another server. Links below an allowed {@code
 * path:} are followed: whoever can make one is on the host already.
 */
public final class RepositoryPattern {

  private final String text;
  private final Path home;
  private final @Nullable RepositoryAddress form;
  private final Glob user;
  private final Glob host;
  private final Glob path;
  private final Glob deniedPath;

  /**
   * Makes a pattern.
   *
   * @param home the folder at which a relative {@code path:} starts
   * @throws IllegalArgumentException when it is no address; says what was found
   */
  public RepositoryPattern(String text, Path home) {
    this.text = text;
    this.home = home;
    this.form = isAll(text) ? null : RepositoryAddress.parse(text, home);
    this.user = new Glob(form == null ? "**" : form.user());
    this.host = new Glob(form == null ? "**" : form.host());
    this.path = new Glob(form == null ? "**" : form.path());
    this.deniedPath = new Glob(form == null ? "**" : form.deniedPath());
  }

  private static boolean isAll(String text) {
    return text.equals("*") || text.equals("**");
  }

  /**
   * Returns whether an allow rule matches the address: it has the same transport, host, port and
   * path, in the same case, and the same user if the pattern has one.
   *
   * @throws IllegalArgumentException when the address can't be compared
   */
  public boolean allows(String address) {
    if (form == null) {
      return true;
    }
    RepositoryAddress other = RepositoryAddress.parseAddress(address, home);
    boolean anyTransport = form.transport().equals("*") && !other.isLocal();
    return (anyTransport || form.transport().equals(other.transport()))
        && (form.user().isEmpty() || user.matches(other.user()))
        && (form.isLocal() || host.matches(other.host()))
        && (form.port().equals("*") || form.port().equals(other.port()))
        && path.matches(other.path());
  }

  /**
   * Returns whether a deny rule matches the address: it has the same host and path, with any
   * transport, user and port, and ignoring case.
   *
   * @throws IllegalArgumentException when the address can't be compared
   */
  public boolean denies(String address) {
    if (form == null) {
      return true;
    }
    RepositoryAddress other = RepositoryAddress.parseAddress(address, home);
    return form.isLocal() == other.isLocal()
        && (form.isLocal() || host.matches(other.host()))
        && deniedPath.matchesAnyCase(other.deniedPath());
  }

  /** Returns whether it names an IP address, so that host names have to be looked up. */
  public boolean namesIp() {
    return form != null && HostAddress.isIp(form.host());
  }

  /** Returns whether it names a folder of this host, so that links have to be followed. */
  public boolean namesFolder() {
    return form != null && form.isLocal();
  }

  /**
   * Returns the folder of an address on this host; empty: it is on another host.
   *
   * @throws IllegalArgumentException when the address can't be compared
   */
  public static String folder(String address, Path home) {
    return RepositoryAddress.parseAddress(address, home).isLocal()
        ? home.resolve(address.replaceFirst("^(path:|file://)", "")).toString()
        : "";
  }

  /**
   * Like {@link #denies(String)}, with this IP address in the place of the host.
   *
   * @param ip an IP address from the system's resolver
   */
  public boolean denies(String address, String ip) {
    RepositoryAddress other = RepositoryAddress.parseAddress(address, home);
    return form != null
        && !other.isLocal()
        && host.matches(HostAddress.ofResolved(ip))
        && deniedPath.matchesAnyCase(other.deniedPath());
  }

  /**
   * Returns the name of an address' host; empty: it has an IP address, or no host.
   *
   * @throws IllegalArgumentException when the address can't be compared
   */
  public static String hostName(String address, Path home) {
    String host = RepositoryAddress.parseAddress(address, home).host();
    return HostAddress.isIp(host) ? "" : host;
  }

  /** Returns an address without its secrets. */
  public static String shown(String address, Path home) {
    return RepositoryAddress.parseAddress(address, home).toString();
  }

  @Override
  public String toString() {
    return text;
  }
}
