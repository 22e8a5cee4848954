package io.loda.common.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A real nsqlookupd. */
public final class Nsqlookupd implements AutoCloseable {

  private final int tcpPort;
  private final int httpPort;
  private final ServerProcess process;

  private Nsqlookupd(String program, Path folder) throws IOException {
    this.tcpPort = FreePort.find();
    this.httpPort = FreePort.find();
    this.process =
        new ServerProcess(
            List.of(
                program,
                "-tcp-address=127.0.0.1:" + tcpPort,
                "-http-address=127.0.0.1:" + httpPort,
                "-broadcast-address=127.0.0.1"),
            folder.resolve("nsqlookupd.log"),
            URI.create("http://127.0.0.1:" + httpPort + "/ping"));
  }

  /** Starts one in a new folder below this one. */
  public static Nsqlookupd start(Path parent) throws IOException, InterruptedException {
    Nsqlookupd lookupd =
        new Nsqlookupd(
            TestProgram.findAll("nsqd-for-tests").get(1),
            Files.createTempDirectory(parent, "nsqlookupd"));
    lookupd.process.start();
    return lookupd;
  }

  /** Whether this one has registered. */
  public boolean knows(Nsqd nsqd) throws IOException {
    try (InputStream nodes =
        URI.create("http://" + httpAddress() + "/nodes").toURL().openStream()) {
      return new String(nodes.readAllBytes(), UTF_8).contains("\"tcp_port\":" + nsqd.port() + ",");
    }
  }

  /** Where nsqds register: an option for them. */
  public String option() {
    return "-lookupd-tcp-address=127.0.0.1:" + tcpPort;
  }

  /** Where it is asked. */
  public String httpAddress() {
    return "127.0.0.1:" + httpPort;
  }

  /** SIGKILL. */
  public void kill() {
    process.kill();
  }

  @Override
  public void close() {
    kill();
  }
}
