package io.loda.agent.git.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * The request to the child. It is sent on standard input: an address may contain a password, and
 * every user can read a command line.
 *
 * @param ref the branch, tag or commit to get; empty: the configured branch
 * @param folder to clone into; doesn't exist yet
 * @param have commits that needn't be fetched
 */
public record GitRequest(
    String address, String ref, Path folder, List<String> have, GitSettings settings) {

  private static final int MAX_BYTES = 1 << 20;

  /** JVM properties of the network, which an operator may have set. */
  private static final List<String> NETWORK =
      List.of("http.proxy", "https.proxy", "http.nonProxy", "socksProxy", "javax.net.", "java.net");

  private static final String SYSTEM = "system.";

  public GitRequest {
    have = List.copyOf(have);
  }

  /** Returns the same for a child in another folder. */
  public GitRequest with(Path folder, GitSettings settings) {
    return new GitRequest(address, ref, folder, have, settings);
  }

  /**
   * Writes the request.
   *
   * @param system replaces some of the parent's network properties for the child
   */
  public void writeTo(OutputStream out, Map<String, String> system) throws IOException {
    Properties properties = new Properties();
    properties.setProperty("address", address);
    properties.setProperty("ref", ref);
    properties.setProperty("folder", folder.toString());
    properties.setProperty("have", String.join(" ", have));
    settings.to(properties);
    System.getProperties()
        .stringPropertyNames()
        .forEach(
            name -> {
              if (NETWORK.stream().anyMatch(name::startsWith)) {
                properties.setProperty(
                    SYSTEM + name, system.getOrDefault(name, System.getProperty(name, "")));
              }
            });
    StringWriter text = new StringWriter();
    properties.store(text, null);
    byte[] bytes = text.toString().getBytes(UTF_8);
    DataOutputStream data = new DataOutputStream(out);
    data.writeInt(bytes.length);
    data.write(bytes);
    data.flush();
  }

  /** Reads exactly one request; sets the parent's network properties. */
  public static GitRequest readFrom(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    byte[] text;
    try {
      int length = data.readInt();
      text = new byte[length >= 0 && length <= MAX_BYTES ? length : 0];
      data.readFully(text);
    } catch (EOFException e) {
      text = new byte[0];
    }
    if (text.length == 0) {
      throw new IOException("expected a request of the agent's on standard input");
    }
    Properties properties = new Properties();
    properties.load(new StringReader(new String(text, UTF_8)));
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(SYSTEM)) {
        System.setProperty(name.substring(SYSTEM.length()), properties.getProperty(name));
      }
    }
    String have = properties.getProperty("have");
    return new GitRequest(
        properties.getProperty("address"),
        properties.getProperty("ref"),
        Path.of(properties.getProperty("folder")),
        have.isEmpty() ? List.of() : List.of(have.split(" ", -1)),
        GitSettings.from(properties));
  }
}
