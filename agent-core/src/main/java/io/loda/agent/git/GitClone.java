package io.loda.agent.git;

import io.loda.agent.config.AgentConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.TransportConfigCallback;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.api.errors.JGitInternalException;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.util.SystemReader;

/**
 * Asks a repository for its newest commit, and gets it: one branch, without its history. Blocks:
 * worker threads only.
 */
final class GitClone {

  static {
    SystemReader.setInstance(new IsolatedSystem(SystemReader.getInstance()));
  }

  private static final String REFUSED_KEY = "Server key did not validate";
  private static final String WHAT_TO_DO =
      ": known_hosts has another; if the server was set up anew, do ssh-keygen -R HOST as the"
          + " agent's user";

  private final AgentConfig.Plugins config;
  private final TransportConfigCallback transport;

  GitClone(AgentConfig.Plugins config, TransportConfigCallback transport) {
    this.config = config;
    this.transport = transport;
  }

  /**
   * The branch to run and its newest commit.
   *
   * @param branch the full name of a branch
   */
  record Head(String branch, String commit) {}

  /** The configured branch, or where there is none the repository's own default. */
  Head head(String address) throws IOException {
    Collection<Ref> refs;
    try {
      refs =
          Git.lsRemoteRepository()
              .setRemote(address)
              .setTimeout((int) config.gitTimeout().toSeconds())
              .setTransportConfigCallback(transport)
              .call();
    } catch (GitAPIException | JGitInternalException e) {
      throw failure("can't be read", e);
    }
    String wanted = Constants.R_HEADS + config.branch();
    Ref head = null;
    for (Ref ref : refs) {
      if (ref.getName().equals(wanted)) {
        return new Head(wanted, ref.getObjectId().name());
      }
      if (ref.getName().equals(Constants.HEAD)) {
        head = ref;
      }
    }
    if (head != null && head.isSymbolic() && head.getObjectId() != null) {
      return new Head(head.getTarget().getName(), head.getObjectId().name());
    }
    if (head != null && head.getObjectId() != null) {
      String commit = head.getObjectId().name();
      for (Ref ref : refs) {
        if (ref.getName().startsWith(Constants.R_HEADS)
            && ref.getObjectId().name().equals(commit)) {
          return new Head(ref.getName(), commit);
        }
      }
    }
    throw new IOException(
        refs.isEmpty()
            ? "is empty: expected a branch " + config.branch() + ", or another, with a commit"
            : "has no branch " + config.branch() + ", and no default branch");
  }

  /**
   * Clones into a folder that doesn't exist; leaves none behind when it fails.
   *
   * @return the commit, which may be newer than the one that was asked for
   */
  String clone(String address, Head head, Path folder) throws IOException {
    CheckoutWatch watch =
        new CheckoutWatch(folder, config.gitTimeout(), config.maxRepositoryBytes());
    try {
      Files.createDirectories(folder);
      try (Git git = fetch(address, head, folder, watch)) {
        String commit = checkOut(git, head, watch);
        forgetSecrets(git, address);
        watch.measure();
        if (watch.isCancelled()) {
          throw new IOException(watch.reason());
        }
        return commit;
      }
    } catch (GitAPIException | JGitInternalException e) {
      Folders.delete(folder);
      if (!watch.reason().isEmpty()) {
        throw new IOException(watch.reason(), e);
      }
      throw failure("can't be cloned", e);
    } catch (IOException e) {
      Folders.delete(folder);
      throw e;
    }
  }

  private Git fetch(String address, Head head, Path folder, CheckoutWatch watch)
      throws GitAPIException {
    return Git.cloneRepository()
        .setURI(address)
        .setDirectory(folder.toFile())
        .setBranch(head.branch())
        .setBranchesToClone(List.of(head.branch()))
        .setCloneAllBranches(false)
        .setCloneSubmodules(false)
        .setNoCheckout(true)
        .setNoTags()
        .setDepth(1)
        .setTimeout((int) config.gitTimeout().toSeconds())
        .setTransportConfigCallback(transport)
        .setProgressMonitor(watch)
        .call();
  }

  private String checkOut(Git git, Head head, CheckoutWatch watch)
      throws IOException, GitAPIException {
    String branch = Repository.shortenRefName(head.branch());
    ObjectId commit =
        git.getRepository()
            .resolve(Constants.R_REMOTES + Constants.DEFAULT_REMOTE_NAME + "/" + branch);
    if (commit == null) {
      throw new IOException("can't be cloned: its branch " + branch + " went away meanwhile");
    }
    String exceeded = TreeLimits.exceeded(git.getRepository(), commit, config.maxRepositoryBytes());
    if (!exceeded.isEmpty()) {
      throw new IOException(exceeded);
    }
    git.checkout().setName(commit.name()).setProgressMonitor(watch).call();
    return commit.name();
  }

  /** The plugins' user can read the checkout, and would find the address in it. */
  private static void forgetSecrets(Git git, String address) throws IOException {
    StoredConfig stored = git.getRepository().getConfig();
    stored.setString(
        ConfigConstants.CONFIG_REMOTE_SECTION,
        Constants.DEFAULT_REMOTE_NAME,
        ConfigConstants.CONFIG_KEY_URL,
        Addresses.withoutSecrets(address));
    stored.save();
  }

  private static IOException failure(String what, Exception e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String first = String.valueOf(e.getMessage());
    String last = String.valueOf(cause.getMessage());
    String all = first.contains(last) ? first : first + ": " + last;
    return new IOException(what + ": " + all + (all.contains(REFUSED_KEY) ? WHAT_TO_DO : ""), e);
  }
}
