package io.loda.agent.git.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.assignment.GitAddress;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.agent.git.exchange.GitSettings;
import io.loda.agent.git.exchange.KnownHostLine;
import io.loda.agent.git.exchange.KnownHosts;
import io.loda.agent.git.exchange.SshConfig;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The copies of the agent's files for a child with its own user: only the files that this address
 * needs. One thread; blocks.
 */
final class HandedOver {

  private static final int MAX_KEY_BYTES = 1 << 20;
  private static final int MAX_STORE_BYTES = 16 << 20;
  private static final int MAX_FILES = 100;
  private static final int SSH_PORT = 22;
  private static final String KEY = "key";
  private static final String HOME = "home";
  private static final String HOME_SSH = "home/.ssh";
  private static final String CONFIG = "config";
  private static final String HOSTS = "known_hosts";
  private static final Set<String> NOT_AS_THEY_ARE = Set.of(CONFIG, HOSTS);

  /** JVM properties that name trust stores and key stores. */
  private static final List<String> STORES =
      List.of("javax.net.ssl.trustStore", "javax.net.ssl.keyStore");

  /** The suffixes of files that ssh reads beside a key. */
  private static final List<String> BESIDE = List.of("", ".pub", "-cert.pub");

  private static final Pattern SERVER =
      Pattern.compile("(?:ssh://)?(?:[^@/]*@)?(?<host>\\[[^]]+]|[^:/]+):?(?<port>[0-9]*)/?.*");

  private final Workplace place;
  private final GitRequest asked;
  private final Map<Path, Path> copies = new LinkedHashMap<>();
  private final Map<String, String> system = new HashMap<>();
  private final List<KnownHosts> known = new ArrayList<>();
  private final Set<String> servers = new LinkedHashSet<>();
  private GitSettings settings;

  private HandedOver(Workplace place, GitRequest asked) {
    this.place = place;
    this.asked = asked;
    this.settings = asked.settings();
  }

  static HandedOver in(Workplace place, GitRequest asked) throws IOException {
    HandedOver files = new HandedOver(place, asked);
    String server = GitAddress.server(asked.address());
    if (server.startsWith("https:")) {
      files.stores();
    } else if (!server.startsWith("file:") && !server.startsWith("git:")) {
      files.ssh(server);
    }
    return files;
  }

  /** Returns the request for the child, with the paths of its copies. */
  GitRequest request(Path folder) {
    return asked.with(folder, settings);
  }

  /** Returns JVM properties for the child, with the paths of its copies. */
  Map<String, String> system() {
    return system;
  }

  /** Replaces the paths of copies in the child's messages by the original ones. */
  String inOurWords(String said) {
    String text = said;
    for (Map.Entry<Path, Path> copy : copies.entrySet()) {
      text = text.replace(copy.getKey().toString(), copy.getValue().toString());
    }
    return text;
  }

  /**
   * Takes over the host key that the child saved for its server; call it after the child's end.
   *
   * @return a problem; empty: none
   */
  String takeBack() {
    if (asked.settings().strict()) {
      return "";
    }
    for (KnownHosts hosts : known) {
      try {
        hosts.takeBack(List.copyOf(servers));
      } catch (IOException e) {
        return KnownHosts.unseen(servers.iterator().next(), hosts.original());
      }
    }
    return "";
  }

  private void stores() throws IOException {
    for (String property : STORES) {
      String file = System.getProperty(property, "");
      if (!file.isEmpty()) {
        Path copy = copy(Path.of(file), property, MAX_STORE_BYTES);
        system.put(property, copy.toString());
      }
    }
  }

  private void ssh(String server) throws IOException {
    Matcher matcher = SERVER.matcher(server);
    String host = matcher.matches() ? matcher.group("host").replaceAll("[\\[\\]]", "") : "";
    String port = matcher.matches() ? matcher.group("port") : "";
    GitSettings ours = asked.settings();
    Path home = place.makeFolder(HOME);
    place.makeFolder(HOME_SSH);
    SshConfig config = new SshConfig("", "", 0);
    String key = "";
    if (!ours.sshKey().isEmpty()) {
      for (String beside : BESIDE) {
        copy(Path.of(ours.sshKey() + beside), KEY + beside, MAX_KEY_BYTES);
      }
      key = place.folder().resolve(KEY).toString();
    } else if (ours.homeKeys()) {
      config = home(ours.home(), host);
    }
    boolean ofHome = ours.knownHosts().isEmpty();
    Path hosts = hosts(ours.knownHostsFile(), ofHome ? HOME_SSH + "/" + HOSTS : HOSTS);
    // last, as the other files are below it
    copies.put(home, ours.home());
    settings = ours.with(home, key, ofHome ? "" : hosts.toString());
    int number = port.isEmpty() ? config.port() : Integer.parseInt(port);
    for (String name : List.of(host, config.host())) {
      if (!name.isEmpty()) {
        servers.add(KnownHostLine.name(name, number == 0 ? SSH_PORT : number));
      }
    }
  }

  /** Copies all files that ssh may read there, or that its configuration names. */
  private SshConfig home(Path home, String host) throws IOException {
    Path folder = home.resolve(".ssh");
    List<Path> names;
    try {
      names = SafeFiles.list(folder, MAX_FILES);
    } catch (NoSuchFileException e) {
      names = List.of();
    }
    for (Path name : names) {
      if (!NOT_AS_THEY_ARE.contains(name.toString())) {
        copy(folder.resolve(name), HOME_SSH + "/" + name, MAX_KEY_BYTES);
      }
    }
    Optional<byte[]> text = content(folder.resolve(CONFIG), MAX_KEY_BYTES);
    if (text.isEmpty()) {
      return new SshConfig("", "", 0);
    }
    SshConfig config =
        SshConfig.of(
            new String(text.get(), UTF_8), host, home, (key, file) -> named(folder, key, file));
    place.write(HOME_SSH + "/" + CONFIG, config.text().getBytes(UTF_8));
    return config;
  }

  private Path named(Path folder, String key, Path file) throws IOException {
    Path below = place.folder().resolve(HOME_SSH).resolve(folder.relativize(file).toString());
    boolean hosts = key.equals(SshConfig.KNOWN);
    if (file.startsWith(folder)) {
      if (hosts && !file.endsWith(HOSTS)) {
        known.add(new KnownHosts(file, below));
      }
      return below;
    }
    String name = HOME_SSH + "/other-" + copies.size();
    return hosts ? hosts(file, name) : copy(file, name, MAX_KEY_BYTES);
  }

  private Path hosts(Path original, String name) throws IOException {
    Path copy = copy(original, name, KnownHosts.MAX_BYTES);
    known.add(new KnownHosts(original, copy));
    return copy;
  }

  /** Copies a file; returns the copy's path, which doesn't exist if the file doesn't. */
  private Path copy(Path original, String name, int maxBytes) throws IOException {
    Optional<byte[]> content = content(original, maxBytes);
    if (content.isPresent()) {
      place.write(name, content.get());
    }
    Path copy = place.folder().resolve(name);
    copies.put(copy, original);
    return copy;
  }

  private static Optional<byte[]> content(Path file, int maxBytes) {
    try {
      return Optional.of(SafeFiles.readBytes(file, maxBytes));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
