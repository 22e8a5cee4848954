package io.loda.agent.git;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.TransportConfigCallback;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.api.errors.TransportException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.util.SystemReader;

/**
 * Asks a repository for a commit, and gets it: that one, without its history. Blocks: worker
 * threads only.
 */
final class GitClone {

  static {
    SystemReader.setInstance(new IsolatedSystem(SystemReader.getInstance()));
  }

  private static final String REFUSED_KEY = "Server key did not validate";
  private static final String NO_KEYS = "no keys to try";

  /** Where the commit that is wanted is put. */
  private static final String FETCHED = "refs/agent/fetched";

  private final GitSettings settings;
  private final TransportConfigCallback transport;

  GitClone(GitSettings settings, TransportConfigCallback transport) {
    this.settings = settings;
    this.transport = transport;
  }

  /**
   * What to run.
   *
   * @param source the full name of a branch or tag, or the commit
   */
  record Head(String source, String commit) {

    boolean byCommit() {
      return source.equals(commit);
    }
  }

  /** What a reference means now; of a whole commit nobody has to be asked. */
  Head head(String address, String ref) throws IOException {
    if (ObjectId.isId(ref)) {
      return new Head(ref, ref);
    }
    try {
      return RemoteRefs.of(
              Git.lsRemoteRepository()
                  .setRemote(Addresses.checked(address, settings.sshUser()))
                  .setTimeout((int) settings.silence().toSeconds())
                  .setTransportConfigCallback(transport)
                  .call())
          .head(ref, settings.branch());
    } catch (GitAPIException | RuntimeException e) {
      throw failure("can't be read", address, e);
    }
  }

  /**
   * Clones into a folder that doesn't exist; leaves none behind when it fails.
   *
   * @return the commit, which may be newer than the one that was asked for
   */
  String clone(String address, Head head, Path folder) throws IOException {
    String from = Addresses.checked(address, settings.sshUser());
    CheckoutWatch watch = new CheckoutWatch(folder, settings.timeout(), settings.maxBytes());
    try {
      Files.createDirectories(folder);
      try (Git git = Git.init().setDirectory(folder.toFile()).call()) {
        // JGit would tidy up in the background what is new, and may go away at any moment
        git.getRepository()
            .getConfig()
            .setBoolean(
                ConfigConstants.CONFIG_GC_SECTION,
                null,
                ConfigConstants.CONFIG_KEY_AUTODETACH,
                false);
        String commit = checkOut(git, fetch(git, from, head, watch), watch);
        sayFromWhere(git, address);
        watch.measure();
        if (watch.isCancelled()) {
          throw new IOException(watch.reason());
        }
        return commit;
      }
    } catch (GitAPIException | RuntimeException e) {
      // JGit also throws the latter, for a tree that no git would make
      Folders.delete(folder);
      if (!watch.reason().isEmpty()) {
        throw new IOException(watch.reason(), e);
      }
      throw failure("can't be cloned", address, e);
    } catch (IOException e) {
      Folders.delete(folder);
      throw e;
    }
  }

  private ObjectId fetch(Git git, String address, Head head, CheckoutWatch watch)
      throws GitAPIException, IOException {
    try {
      fetch(git, address, watch, 1, "+" + head.source() + ":" + FETCHED);
    } catch (TransportException e) {
      if (!head.byCommit() || watch.isCancelled()) {
        throw e;
      }
      // many a server gives the tips only: it is behind one of them, perhaps
      fetch(git, address, watch, 0, "+refs/heads/*:refs/agent/heads/*", "+refs/tags/*:refs/tags/*");
    }
    Repository repository = git.getRepository();
    ObjectId commit = null;
    try {
      commit = repository.resolve((head.byCommit() ? head.source() : FETCHED) + "^{commit}");
    } catch (MissingObjectException e) {
      // it is named below
    }
    if (commit == null) {
      throw new IOException(
          head.byCommit()
              ? "has no commit "
                  + head.source()
                  + " in its branches and tags; push it to a branch or tag it"
              : "can't be cloned: its " + head.source() + " went away meanwhile");
    }
    return commit;
  }

  private void fetch(Git git, String address, CheckoutWatch watch, int depth, String... what)
      throws GitAPIException {
    var fetch =
        git.fetch()
            .setRemote(address)
            .setRefSpecs(List.of(what).stream().map(RefSpec::new).toList())
            .setTagOpt(TagOpt.NO_TAGS)
            .setTimeout((int) settings.silence().toSeconds())
            .setTransportConfigCallback(transport)
            .setProgressMonitor(watch);
    if (depth > 0) {
      fetch.setDepth(depth);
    }
    fetch.call();
  }

  private String checkOut(Git git, ObjectId commit, CheckoutWatch watch)
      throws IOException, GitAPIException {
    Repository repository = git.getRepository();
    if (settings.signedOnly()) {
      // first: a keyring that changes meanwhile is one to check with again
      String keys = settings.keys();
      new SignedCommits(Path.of(settings.keyring())).check(repository, commit);
      Files.writeString(repository.getWorkTree().toPath().resolve(Checkout.SIGNED), keys);
    }
    String exceeded = TreeLimits.exceeded(repository, commit, settings.maxBytes());
    if (!exceeded.isEmpty()) {
      throw new IOException(exceeded);
    }
    git.checkout().setName(commit.name()).setProgressMonitor(watch).call();
    return commit.name();
  }

  /** Without a password: the plugins' user can read the checkout. */
  private static void sayFromWhere(Git git, String address) throws IOException {
    Files.deleteIfExists(git.getRepository().getDirectory().toPath().resolve("FETCH_HEAD"));
    StoredConfig stored = git.getRepository().getConfig();
    stored.setString(
        ConfigConstants.CONFIG_REMOTE_SECTION,
        Constants.DEFAULT_REMOTE_NAME,
        ConfigConstants.CONFIG_KEY_URL,
        Addresses.withoutSecrets(address));
    stored.save();
  }

  private IOException failure(String what, String address, Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String first = String.valueOf(e.getMessage());
    String last = String.valueOf(cause.getMessage());
    String all = first.contains(last) ? first : first + ": " + last;
    String whatToDo = "";
    if (all.contains(REFUSED_KEY)) {
      whatToDo = aboutKnownHosts(address);
    } else if (all.contains(NO_KEYS)) {
      whatToDo = aboutKeys();
    }
    return new IOException(what + ": " + all + whatToDo, e);
  }

  private String aboutKeys() {
    return settings.sshKey().isEmpty()
        ? "; make one without a passphrase in "
            + settings.home().resolve(".ssh")
            + " as the agent's user, or set plugins.ssh.key"
        : "; plugins.ssh.key "
            + settings.sshKey()
            + (Files.isReadable(Path.of(settings.sshKey()))
                ? " is no key, or has a passphrase"
                : " can't be read");
  }

  private String aboutKnownHosts(String address) {
    Path known = SshTransportSetup.knownHosts(settings);
    String host = "HOST";
    try {
      URIish uri = new URIish(address);
      host = uri.getPort() > 0 ? "[" + uri.getHost() + "]:" + uri.getPort() : uri.getHost();
    } catch (URISyntaxException e) {
      // it was fetched from
    }
    return ": "
        + known
        + " has another key for it or, where plugins.ssh.host-keys = strict, none; if the server was"
        + " set up anew, do ssh-keygen -f "
        + known
        + " -R "
        + host
        + " as the agent's user";
  }
}
