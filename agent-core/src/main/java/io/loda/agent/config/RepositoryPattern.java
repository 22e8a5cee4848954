package io.loda.agent.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which repositories a rule of the policy is about: an address in any of its forms, with {@code *}
 * and {@code **} (see {@link Glob}). A lone {@code *} is every repository.
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
   * A pattern.
   *
   * @param home where a relative {@code path:} starts
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

  /** Whether it stands for every repository, whatever its address looks like. */
  public boolean isAll() {
    return form == null;
  }

  /**
   * Whether the rule allows this address: the same transport, user (where the pattern has one),
   * host, port and path, in the same case.
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
   * Whether the rule denies this address: the same host and path, however it is fetched, by whom,
   * from which port, and in whatever case.
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

  /** Whether it is about an IP address, so that names of hosts have to be asked for theirs. */
  public boolean namesIp() {
    return form != null && HostAddress.isIp(form.host());
  }

  /** Whether it is about a folder of this host, so that links to it have to be followed. */
  public boolean namesFolder() {
    return form != null && form.isLocal();
  }

  /**
   * The folder of this host that an address is of; empty where it is another host's.
   *
   * @throws IllegalArgumentException when the address can't be compared
   */
  public static String folder(String address, Path home) {
    return RepositoryAddress.parseAddress(address, home).isLocal()
        ? home.resolve(address.replaceFirst("^(path:|file://)", "")).toString()
        : "";
  }

  /**
   * As {@link #denies(String)}, for a host with this IP address.
   *
   * @param ip as the system's resolver says it
   */
  public boolean denies(String address, String ip) {
    RepositoryAddress other = RepositoryAddress.parseAddress(address, home);
    return form != null
        && !other.isLocal()
        && host.matches(HostAddress.ofResolved(ip))
        && deniedPath.matchesAnyCase(other.deniedPath());
  }

  /**
   * The name of an address' host; empty where it has an IP address, or no host.
   *
   * @throws IllegalArgumentException when the address can't be compared
   */
  public static String hostName(String address, Path home) {
    String host = RepositoryAddress.parseAddress(address, home).host();
    return HostAddress.isIp(host) ? "" : host;
  }

  /** An address without what is secret in it. */
  public static String shown(String address, Path home) {
    return RepositoryAddress.parseAddress(address, home).toString();
  }

  @Override
  public String toString() {
    return text;
  }
}
