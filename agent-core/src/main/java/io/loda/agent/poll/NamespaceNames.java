package io.loda.agent.poll;

import io.loda.agent.registry.RegistryException;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Removes namespaces with invalid names from the registry's answer. One event loop. */
public final class NamespaceNames {

  /**
   * A namespace is part of a topic, and a folder beside the agent's own: those begin with a dot, or
   * are {@code plugin.disabled}.
   */
  private static final Pattern NAMESPACE =
      Pattern.compile("(?!\\.|plugin\\.disabled$)[.a-zA-Z0-9_-]{1,64}");

  private final RepeatedProblems problems;

  NamespaceNames(RepeatedProblems problems) {
    this.problems = problems;
  }

  /** Returns whether it is a valid name. */
  public static boolean isName(String namespace) {
    return NAMESPACE.matcher(namespace).matches();
  }

  /** Removes invalid names; fails when none is left, as such an answer isn't to be believed. */
  Future<Map<String, String>> wellNamed(Map<String, String> namespaces) {
    Map<String, String> good = new TreeMap<>(namespaces);
    good.keySet().removeIf(namespace -> !isName(namespace));
    if (good.size() == namespaces.size()) {
      problems.solved("names");
    } else {
      Set<String> bad = new TreeSet<>(namespaces.keySet());
      bad.removeAll(good.keySet());
      problems.report(
          "names",
          "refused: expected namespaces of 1 to 64 of [.a-zA-Z0-9_-] that don't begin with a dot,"
              + " found "
              + bad);
    }
    return good.isEmpty()
        ? Future.failedFuture(new RegistryException("expected a namespace, found " + namespaces))
        : Future.succeededFuture(good);
  }
}
