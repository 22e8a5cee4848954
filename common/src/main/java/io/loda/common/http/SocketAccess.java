package io.loda.common.http;

/**
 * The permissions of a unix socket.
 *
 * @param mode the mode of its file: whoever may write the file may connect
 * @param group the group of its file, a name or a number; empty: the agent's group
 */
public record SocketAccess(int mode, String group) {

  public static final SocketAccess GROUP = new SocketAccess(0660, "");
  public static final SocketAccess EVERYBODY = new SocketAccess(0666, "");
}
