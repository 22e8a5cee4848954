package io.loda.agent.git.archive;

import io.loda.agent.git.child.JdkEd25519Registrar;
import io.loda.agent.git.exchange.GitRequest;
import io.loda.agent.git.exchange.GitSettings;
import io.loda.agent.git.fetch.FetchClasses;
import io.loda.agent.git.fetch.FetchProcess;
import io.loda.agent.git.fetch.FetchUser;
import io.loda.agent.git.fetch.Workplaces;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;

/**
 * Makes the archive of a child's classes by fetching from an ssh server, which loads most of them.
 * Only the build calls it.
 */
public final class FetchArchive {

  public static final String COMMAND = "git-fetch-archive";

  private FetchArchive() {}

  /** Makes the archive; blocks for some seconds. */
  public static void make() throws IOException {
    Path archive = FetchClasses.archive();
    Path made = archive.resolveSibling(archive.getFileName() + ".new");
    Path folder = Files.createTempDirectory("git-fetch");
    JdkEd25519Registrar.register();
    try (UploadPackServer server = new UploadPackServer(repository(folder.resolve("repository")));
        FetchProcess child =
            new FetchProcess(
                FetchClasses.recording(made),
                new Workplaces(folder.resolve("places"), FetchUser.Source.NONE))) {
      child.fetch(
          new GitRequest(
              server.address(),
              "",
              folder.resolve("clone"),
              List.of(),
              new GitSettings(
                  "",
                  Duration.ofMinutes(1),
                  1 << 20,
                  folder,
                  key(folder.resolve("key")).toString(),
                  false,
                  "",
                  folder.resolve("known_hosts").toString(),
                  false,
                  "")));
      Files.move(made, archive, StandardCopyOption.REPLACE_EXISTING);
    } catch (GitAPIException | GeneralSecurityException e) {
      throw new IOException(e);
    } finally {
      Files.deleteIfExists(made);
      SafeFiles.deleteTree(folder);
    }
  }

  /** Writes a key in the format of {@code ssh-keygen}. */
  public static Path key(Path file) throws IOException, GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "", null, text);
    OwnFiles.write(file, text.toByteArray());
    return file;
  }

  private static Path repository(Path folder) throws IOException, GitAPIException {
    Files.createDirectory(folder);
    Files.writeString(folder.resolve("plugin.sh"), "echo '[]'\n");
    try (Git git = Git.init().setDirectory(folder.toFile()).call()) {
      git.add().addFilepattern(".").call();
      git.commit().setMessage("one").setAuthor("agent", "").setSign(false).call();
    }
    return folder;
  }
}
