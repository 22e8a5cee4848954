package io.loda.agent.git.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.List;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.AcceptAllPublickeyAuthenticator;
import org.apache.sshd.server.command.AbstractCommandSupport;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.transport.UploadPack;

/** A local ssh server with one repository, for the build only. */
public final class UploadPackServer implements AutoCloseable {

  private static final String PROTOCOL = "GIT_PROTOCOL";

  public final SshServer ssh = SshServer.setUpDefaultServer();

  /** Starts listening. */
  public UploadPackServer(Path repository) throws IOException, GeneralSecurityException {
    var hostKey = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    ssh.setHost("127.0.0.1");
    ssh.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
    ssh.setPublickeyAuthenticator(AcceptAllPublickeyAuthenticator.INSTANCE);
    ssh.setCommandFactory((channel, command) -> new Upload(command, repository));
    ssh.start();
  }

  public String address() {
    return "ssh://git@127.0.0.1:" + ssh.getPort() + "/repository";
  }

  @Override
  public void close() throws IOException {
    ssh.stop(true);
  }

  private static final class Upload extends AbstractCommandSupport {
    private final Path repository;

    Upload(String command, Path repository) {
      super(command, null);
      this.repository = repository;
    }

    @Override
    public void run() {
      try (Git git = Git.open(repository.toFile())) {
        UploadPack upload = new UploadPack(git.getRepository());
        String protocol = getEnvironment().getEnv().get(PROTOCOL);
        if (protocol != null) {
          upload.setExtraParameters(List.of(protocol.split(":", -1)));
        }
        upload.upload(getInputStream(), getOutputStream(), getErrorStream());
        onExit(0);
      } catch (IOException e) {
        onExit(1, String.valueOf(e.getMessage()));
      }
    }
  }
}
