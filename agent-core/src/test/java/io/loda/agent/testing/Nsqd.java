package io.loda.agent.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A real nsqd with a data folder of its own. It keeps nothing in memory only. */
public final class Nsqd implements AutoCloseable {

  private final int tcpPort;
  private final ServerProcess process;

  private Nsqd(String program, Path folder) throws IOException {
    this.tcpPort = FreePort.find();
    int httpPort = FreePort.find();
    this.process =
        new ServerProcess(
            List.of(
                program,
                "-data-path=" + folder,
                "-mem-queue-size=0",
                "-sync-every=1",
                "-tcp-address=127.0.0.1:" + tcpPort,
                "-http-address=127.0.0.1:" + httpPort,
                "-broadcast-address=127.0.0.1"),
            folder.resolve("nsqd.log"),
            URI.create("http://127.0.0.1:" + httpPort + "/ping"));
  }

  /** Starts one in a new folder below this one. */
  public static Nsqd start(Path parent) throws IOException, InterruptedException {
    Nsqd nsqd =
        new Nsqd(TestProgram.find("nsqd-for-tests"), Files.createTempDirectory(parent, "nsqd"));
    nsqd.start();
    return nsqd;
  }

  /** Starts it again after a {@link #kill}: the same ports, the same data. */
  public void start() throws IOException, InterruptedException {
    process.start();
  }

  /** SIGSTOP: the system still takes connections for it, and nobody answers. */
  public void stop() throws IOException, InterruptedException {
    process.signal("STOP");
  }

  /** SIGCONT. */
  public void resume() throws IOException, InterruptedException {
    process.signal("CONT");
  }

  /** SIGKILL. */
  public void kill() {
    process.kill();
  }

  public int port() {
    return tcpPort;
  }

  public String address() {
    return "127.0.0.1:" + tcpPort;
  }

  public NsqConsumer consume(String topic) throws IOException {
    return new NsqConsumer(tcpPort, topic);
  }

  @Override
  public void close() {
    kill();
  }
}
