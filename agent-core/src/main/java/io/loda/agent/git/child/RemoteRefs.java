package io.loda.agent.git.child;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.jspecify.annotations.Nullable;

/** The branches and tags of a server. */
final class RemoteRefs {

  private final Map<String, Ref> refs = new HashMap<>();

  private RemoteRefs() {}

  static RemoteRefs of(Iterable<Ref> all) {
    RemoteRefs remote = new RemoteRefs();
    all.forEach(ref -> remote.refs.put(ref.getName(), ref));
    return remote;
  }

  /**
   * Resolves a reference to the branch of that name, or else the tag. Without a reference, resolves
   * the configured branch, or else the repository's default.
   */
  GitClone.Head head(String ref, String branch) throws IOException {
    if (refs.isEmpty()) {
      throw new IOException(
          "is empty: expected "
              + (ref.isEmpty() ? "a branch " + branch + ", or another, with a commit" : ref));
    }
    GitClone.Head head =
        ref.isEmpty()
            ? first(Constants.R_HEADS + branch)
            : first(Constants.R_HEADS + ref, Constants.R_TAGS + ref, ref);
    if (head == null && ref.isEmpty()) {
      head = byDefault();
    }
    if (head == null) {
      throw new IOException(
          ref.isEmpty()
              ? "has no branch " + branch + ", and no default branch"
              : "has no branch and no tag "
                  + ref
                  + "; for a commit, ref has to be all of its 40 digits");
    }
    return head;
  }

  private GitClone.@Nullable Head first(String... names) {
    for (String name : names) {
      Ref ref = refs.get(name);
      if (ref != null && ref.getObjectId() != null && name.startsWith(Constants.R_REFS)) {
        ObjectId peeled = ref.getPeeledObjectId();
        return new GitClone.Head(name, (peeled == null ? ref.getObjectId() : peeled).name());
      }
    }
    return null;
  }

  private GitClone.@Nullable Head byDefault() {
    Ref head = refs.get(Constants.HEAD);
    if (head == null || head.getObjectId() == null) {
      return null;
    }
    String commit = head.getObjectId().name();
    if (head.isSymbolic()) {
      return new GitClone.Head(head.getTarget().getName(), commit);
    }
    // an old server doesn't tell the default branch
    return refs.values().stream()
        .filter(ref -> ref.getName().startsWith(Constants.R_HEADS))
        .filter(ref -> ref.getObjectId() != null && ref.getObjectId().name().equals(commit))
        .map(Ref::getName)
        .sorted()
        .findFirst()
        .map(name -> new GitClone.Head(name, commit))
        .orElse(null);
  }
}
