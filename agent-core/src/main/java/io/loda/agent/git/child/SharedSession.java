package io.loda.agent.git.child;

import java.io.IOException;
import java.util.Map;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.transport.CredentialsProvider;
import org.eclipse.jgit.transport.RemoteSession;
import org.eclipse.jgit.transport.RemoteSession2;
import org.eclipse.jgit.transport.SshSessionFactory;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.util.FS;
import org.jspecify.annotations.Nullable;

/**
 * Shares one login for all requests to a server: a clone makes two, and the login is most of the
 * cost of a small clone. Connects again if the server allows only one command for each connection.
 * One thread.
 */
final class SharedSession extends SshSessionFactory implements AutoCloseable {

  private final SshSessionFactory sessions;
  private @Nullable Session open;

  SharedSession(SshSessionFactory sessions) {
    this.sessions = sessions;
  }

  @Override
  public RemoteSession getSession(
      URIish uri, @Nullable CredentialsProvider credentials, FS fs, int timeoutMillis)
      throws TransportException {
    Login login = () -> (RemoteSession2) sessions.getSession(uri, credentials, fs, timeoutMillis);
    if (open == null || !open.server.equals(server(uri))) {
      close();
      open = new Session(server(uri), login);
    }
    return open;
  }

  private static String server(URIish uri) {
    return uri.getUser() + "@" + uri.getHost() + ":" + uri.getPort();
  }

  @Override
  public String getType() {
    return sessions.getType();
  }

  /** Keeps the session for the next request. */
  @Override
  public void releaseSession(RemoteSession session) {
    // close() closes it
  }

  @Override
  public void close() {
    if (open != null) {
      open.disconnect();
      open = null;
    }
  }

  private interface Login {
    RemoteSession2 session() throws TransportException;
  }

  private static final class Session implements RemoteSession2 {
    private final String server;
    private final Login login;
    private RemoteSession2 session;
    private boolean used;

    Session(String server, Login login) throws TransportException {
      this.server = server;
      this.login = login;
      this.session = login.session();
    }

    @Override
    public Process exec(String command, Map<String, String> environment, int timeout)
        throws IOException {
      try {
        return session.exec(command, environment, timeout);
      } catch (IOException | RuntimeException e) {
        // MINA throws a RuntimeException for a connection that the server is closing
        if (!used) {
          throw e;
        }
        session.disconnect();
        session = login.session();
        return session.exec(command, environment, timeout);
      } finally {
        used = true;
      }
    }

    @Override
    public Process exec(String command, int timeout) throws IOException {
      return exec(command, Map.of(), timeout);
    }

    @Override
    public void disconnect() {
      session.disconnect();
    }
  }
}
