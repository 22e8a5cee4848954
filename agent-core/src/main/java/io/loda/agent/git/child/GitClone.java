package io.loda.agent.git.child;

import io.loda.agent.git.exchange.Addresses;
import io.loda.agent.git.exchange.GitSettings;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.LsRemoteCommand;
import org.eclipse.jgit.api.TransportConfigCallback;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.api.errors.TransportException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.internal.storage.dfs.DfsRepositoryDescription;
import org.eclipse.jgit.internal.storage.dfs.InMemoryRepository;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.util.SystemReader;

/**
 * Finds a commit in a remote repository and clones it without history. Blocks: worker threads only.
 */
public final class GitClone {

  static {
    SystemReader.setInstance(new IsolatedSystem(SystemReader.getInstance()));
  }

  /** The local reference for the wanted commit. */
  private static final String FETCHED = "refs/agent/fetched";

  private final GitSettings settings;
  private final TransportConfigCallback transport;
  private final GitErrors errors;

  GitClone(GitSettings settings, TransportConfigCallback transport) {
    this.settings = settings;
    this.transport = transport;
    this.errors = new GitErrors(settings);
  }

  /**
   * The commit to run.
   *
   * @param source the full name of a branch or tag, or the commit
   */
  record Head(String source, String commit) {

    boolean byCommit() {
      return source.equals(commit);
    }
  }

  /** Resolves a reference; a full commit id needs no server. */
  Head head(String address, String ref) throws IOException {
    if (ObjectId.isId(ref)) {
      return new Head(ref, ref);
    }
    try {
      return RemoteRefs.of(refs(Addresses.checked(address, settings.sshUser())))
          .head(ref, settings.branch());
    } catch (GitAPIException | RuntimeException e) {
      throw errors.of("can't be read", address, e);
    }
  }

  private Collection<Ref> refs(String address) throws GitAPIException {
    try {
      return refs(Git.lsRemoteRepository(), address);
    } catch (NullPointerException e) {
      // for a server of plain files JGit needs a repository to put objects into
      try (Repository nowhere = new InMemoryRepository(new DfsRepositoryDescription("none"))) {
        return refs(new LsRemoteCommand(nowhere), address);
      }
    }
  }

  private Collection<Ref> refs(LsRemoteCommand command, String address) throws GitAPIException {
    return command
        .setRemote(address)
        .setTimeout((int) settings.silence().toSeconds())
        .setTransportConfigCallback(transport)
        .call();
  }

  /**
   * Clones into a new folder, in the form of {@code CommitFiles}; deletes the folder if that fails.
   *
   * @return the commit, which may be newer than the requested one
   */
  String clone(String address, Head head, Path folder) throws IOException {
    String from = Addresses.checked(address, settings.sshUser());
    CheckoutWatch watch = new CheckoutWatch(folder, settings.timeout(), settings.maxBytes());
    try {
      ObjectId commit;
      CommitWriter written;
      Files.createDirectories(folder);
      try (Git git = Git.init().setDirectory(folder.toFile()).call()) {
        // otherwise JGit collects garbage in the background
        git.getRepository()
            .getConfig()
            .setBoolean(
                ConfigConstants.CONFIG_GC_SECTION,
                null,
                ConfigConstants.CONFIG_KEY_AUTODETACH,
                false);
        commit = fetch(git, from, head, watch);
        written = checkOut(git, commit, watch);
        watch.measure();
        if (watch.isCancelled()) {
          throw new IOException(watch.reason());
        }
      }
      written.instead(folder);
      return commit.name();
    } catch (GitAPIException | RuntimeException e) {
      // JGit throws a RuntimeException for an invalid tree
      SafeFiles.deleteTree(folder);
      if (!watch.reason().isEmpty()) {
        throw new IOException(watch.reason(), e);
      }
      throw errors.of("can't be cloned", address, e);
    } catch (IOException e) {
      SafeFiles.deleteTree(folder);
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
      // many servers serve only tips: fetch them, as the commit may be in a tip's history
      fetch(git, address, watch, 0, "+refs/heads/*:refs/agent/heads/*", "+refs/tags/*:refs/tags/*");
    }
    Repository repository = git.getRepository();
    ObjectId commit = null;
    try {
      commit = repository.resolve((head.byCommit() ? head.source() : FETCHED) + "^{commit}");
    } catch (MissingObjectException e) {
      // the error below names it
    }
    if (commit == null) {
      throw new IOException(
          head.byCommit()
              ? "has no commit "
                  + head.source()
                  + " in its branches and tags; push it to a branch or tag it"
              : "can't be cloned: its " + head.source() + " was deleted meanwhile");
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

  private CommitWriter checkOut(Git git, ObjectId commit, CheckoutWatch watch)
      throws IOException, GitAPIException {
    Repository repository = git.getRepository();
    String exceeded = TreeLimits.exceeded(repository, commit, settings.maxBytes());
    if (!exceeded.isEmpty()) {
      throw new IOException(exceeded);
    }
    CommitWriter.asTheyAre(repository);
    git.checkout().setName(commit.name()).setProgressMonitor(watch).call();
    return CommitWriter.of(repository, commit);
  }
}
