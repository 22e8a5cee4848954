package io.loda.common.http;

/**
 * Who may connect to a unix socket.
 *
 * @param mode of its file: who may write it
 * @param group of its file, a name or a number; empty: the agent's
 */
public record SocketAccess(int mode, String group) {

  public static final SocketAccess GROUP = new SocketAccess(0660, "");
  public static final SocketAccess EVERYBODY = new SocketAccess(0666, "");
}
