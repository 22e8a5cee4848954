package io.loda.agent.builtin.port;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** The checks that block a thread. */
final class BlockingChecks {

  private BlockingChecks() {}

  /** Checks whether a process accepts connections; the kernel answers at once. */
  static PortResult unix(Path socket) throws IOException {
    long startedAt = System.nanoTime();
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
    try (SocketChannel channel = SocketChannel.open(address)) {
      return PortResult.of(channel.isConnected(), startedAt);
    } catch (IOException e) {
      return PortResult.of(false, startedAt);
    }
  }

  /**
   * Checks that the port isn't reported as closed. A service may ignore what it doesn't understand,
   * so silence counts as open.
   */
  static PortResult udp(InetSocketAddress address, Duration timeout) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      long startedAt = System.nanoTime();
      try {
        socket.connect(address);
        socket.setSoTimeout((int) timeout.toMillis());
        socket.send(new DatagramPacket(new byte[] {(byte) 0x0A}, 1)); // the JDK sends no empty ones
        socket.receive(new DatagramPacket(new byte[512], 512));
        return PortResult.of(true, startedAt);
      } catch (SocketTimeoutException e) {
        return PortResult.of(true, startedAt);
      } catch (PortUnreachableException e) {
        return PortResult.of(false, startedAt);
      }
    }
  }

  /**
   * Checks whether a handshake succeeds, with any certificate, so that an expired one reports its
   * age.
   */
  static PortResult tls(String host, InetSocketAddress address, Duration timeout)
      throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new AnyCertificate()}, null);
    long startedAt = System.nanoTime();
    try (Socket plain = new Socket()) {
      plain.connect(address, (int) timeout.toMillis());
      plain.setSoTimeout((int) timeout.toMillis());
      try (SSLSocket socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, host, address.getPort(), true)) {
        socket.startHandshake();
        return new PortResult(
            true, System.nanoTime() - startedAt, AnyCertificate.daysLeft(socket.getSession()));
      }
    } catch (IOException e) {
      return PortResult.of(false, startedAt);
    }
  }
}
