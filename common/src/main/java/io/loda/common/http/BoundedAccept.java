package io.loda.common.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.spi.transport.Transport;
import java.util.concurrent.ThreadFactory;

/**
 * A server transport that bounds the accepted connections. Vert.x accepts in a thread of its own,
 * so it would accept thousands while the server's event loop is busy. A connection that isn't
 * accepted waits in the kernel and costs the agent nothing.
 */
public final class BoundedAccept implements Transport, io.vertx.core.transport.Transport {

  /**
   * Spare connections that are about to be closed: the server closes its oldest one for a new one.
   */
  private static final int CLOSING = 64;

  private final Transport nio = io.vertx.core.transport.Transport.NIO.implementation();
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
    nio.configure(options, domainSocket, bootstrap);
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
    return nio.unavailabilityCause();
  }

  @Override
  public boolean supportsDomainSockets() {
    return nio.supportsDomainSockets();
  }

  @Override
  public boolean supportFileRegion() {
    return nio.supportFileRegion();
  }

  @Override
  public java.net.SocketAddress convert(io.vertx.core.net.SocketAddress address) {
    return nio.convert(address);
  }

  @Override
  public io.vertx.core.net.SocketAddress convert(java.net.SocketAddress address) {
    return nio.convert(address);
  }

  @Override
  public IoHandlerFactory ioHandlerFactory() {
    return nio.ioHandlerFactory();
  }

  @Override
  public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory factory, int ioRatio) {
    return nio.eventLoopGroup(type, threads, factory, ioRatio);
  }

  @Override
  @SuppressWarnings("deprecation") // as the interface has it
  public DatagramChannel datagramChannel(InternetProtocolFamily family) {
    return nio.datagramChannel(family);
  }

  @Override
  public ChannelFactory<? extends DatagramChannel> datagramChannelFactory() {
    return nio.datagramChannelFactory();
  }

  @Override
  public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
    return nio.channelFactory(domainSocket);
  }

  @Override
  public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
    return nio.serverChannelFactory(domainSocket);
  }

  @Override
  public void configure(
      TcpConfig options, boolean domainSocket, io.netty.bootstrap.Bootstrap bootstrap) {
    nio.configure(options, domainSocket, bootstrap);
  }

  @Override
  public void configure(
      DatagramChannel channel, io.vertx.core.datagram.DatagramSocketOptions options) {
    nio.configure(channel, options);
  }
}
