package io.loda.common.testing;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A port that nobody listens on at this moment, and that the system gives nobody: below those that
 * it takes for connections and for who asks for any. So it is still free when its server starts, or
 * starts again, a while later. None is found twice; other JVMs begin elsewhere.
 */
public final class FreePort {

  private static final int FIRST = 10_000;
  private static final int END = 32_000;
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(FIRST, END));

  private FreePort() {}

  public static int find() throws IOException {
    for (int tried = FIRST; tried < END; tried++) {
      int port = NEXT.getAndUpdate(last -> last + 1 < END ? last + 1 : FIRST);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // somebody's
      }
    }
    throw new IOException("no port from " + FIRST + " to " + END + " is free");
  }
}
