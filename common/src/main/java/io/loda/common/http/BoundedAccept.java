package io.loda.common.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.spi.transport.Transport;

/**
 * A server transport that bounds the accepted connections. Vert.x accepts in a thread of its own,
 * so it would accept thousands while the server's event loop is busy. A connection that isn't
 * accepted waits in the kernel and costs the agent nothing.
 */
public final class BoundedAccept extends NioTransport implements io.vertx.core.transport.Transport {

  /**
   * Spare connections that are about to be closed: the server closes its oldest one for a new one.
   */
  private static final int CLOSING = 64;

  private final int most;

  /**
   * Creates the transport.
   *
   * @param maxConnections the most connections of a server at once
   */
  public BoundedAccept(int maxConnections) {
    this.most = maxConnections + CLOSING;
  }

  @Override
  public void configure(TcpConfig options, boolean domainSocket, ServerBootstrap bootstrap) {
    super.configure(options, domainSocket, bootstrap);
    bootstrap.handler(new Gate());
  }

  /** Counts a server's open connections. Runs on the thread that accepts. */
  private final class Gate extends ChannelInboundHandlerAdapter {

    private int open;

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
      open++;
      if (open >= most) {
        context.channel().config().setAutoRead(false);
      }
      ChannelFuture unused =
          ((Channel) accepted)
              .closeFuture()
              .addListener(closed -> context.executor().execute(() -> closed(context.channel())));
      context.fireChannelRead(accepted);
    }

    private void closed(Channel server) {
      open--;
      if (open < most && !server.config().isAutoRead()) {
        server.config().setAutoRead(true);
      }
    }
  }

  @Override
  public String name() {
    return "nio";
  }

  @Override
  public boolean available() {
    return true;
  }

  @Override
  public Transport implementation() {
    return this;
  }

  @Override
  public Throwable unavailabilityCause() {
    return super.unavailabilityCause();
  }
}
