package io.loda.agent.git;

import io.loda.agent.git.child.GitClone;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.URIish;

/** A bare repository as a git server has it, and a work tree that pushes to it. */
public final class TestRepository implements AutoCloseable {

  private static final PersonIdent AUTHOR = new PersonIdent("test", "test@example.com");

  public final Path bare;
  public final Path work;
  private final Git bareGit;
  private final Git git;

  /** Makes an empty one. */
  public TestRepository(Path folder, String name) throws Exception {
    // what the machine has configured is not to touch the test either
    Class.forName(GitClone.class.getName());
    bare = folder.resolve(name + ".git");
    work = folder.resolve(name + ".work");
    bareGit = Git.init().setBare(true).setInitialBranch("main").setDirectory(bare.toFile()).call();
    git = Git.init().setInitialBranch("main").setDirectory(work.toFile()).call();
    git.remoteAdd().setName("origin").setUri(new URIish(bare.toUri().toString())).call();
  }

  public String address() {
    return "file://" + bare;
  }

  /** Writes plugin.sh and pushes it to a branch; returns the commit. */
  public String push(String branch, String content) throws IOException, GitAPIException {
    Path program = work.resolve("plugin.sh");
    Files.writeString(program, content);
    File file = program.toFile();
    if (!file.setExecutable(true, false)) {
      throw new IOException(file + " can't be made executable");
    }
    return pushAll(branch);
  }

  /** Pushes what is in the work tree. */
  String pushAll(String branch) throws GitAPIException {
    git.add().addFilepattern(".").call();
    git.add().setUpdate(true).addFilepattern(".").call();
    String commit =
        git.commit()
            .setAuthor(AUTHOR)
            .setCommitter(AUTHOR)
            .setSign(false)
            .setMessage("test")
            .call()
            .name();
    git.push()
        .setRemote("origin")
        .setForce(true)
        .setRefSpecs(new RefSpec("HEAD:refs/heads/" + branch))
        .call();
    return commit;
  }

  /** Makes objects as no work tree would give them. */
  public ObjectInserter objects() {
    return bareGit.getRepository().newObjectInserter();
  }

  /** The file of one that was made so. */
  public Path looseObject(ObjectId id) {
    return bare.resolve("objects")
        .resolve(id.name().substring(0, 2))
        .resolve(id.name().substring(2));
  }

  /** Makes a tree what a branch has, whatever the tree holds; returns the commit. */
  public String commit(String branch, ObjectInserter objects, ObjectId tree) throws IOException {
    CommitBuilder commit = new CommitBuilder();
    commit.setTreeId(tree);
    commit.setAuthor(AUTHOR);
    commit.setCommitter(AUTHOR);
    commit.setMessage("test");
    RefUpdate update = bareGit.getRepository().updateRef("refs/heads/" + branch);
    ObjectId id = objects.insert(commit);
    update.setNewObjectId(id);
    objects.flush();
    update.forceUpdate();
    return id.name();
  }

  /** Pushes a tag of the last commit. */
  public void tag(String name) throws GitAPIException {
    git.tag().setName(name).setAnnotated(false).setSigned(false).call();
    git.push().setPushTags().call();
  }

  public Git git() {
    return git;
  }

  /** Makes a branch the bare repository's default. */
  void defaultBranch(String branch) throws IOException {
    bareGit.getRepository().updateRef("HEAD").link("refs/heads/" + branch);
  }

  @Override
  public void close() {
    git.close();
    bareGit.close();
  }
}
