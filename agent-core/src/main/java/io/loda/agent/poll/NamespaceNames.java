package io.loda.agent.poll;

import io.loda.agent.registry.RegistryException;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
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

  private static final int SHOWN = 10;
  private static final int LONGEST_SHOWN = 100;

  private final RepeatedProblems problems;

  NamespaceNames(RepeatedProblems problems) {
    this.problems = problems;
  }

  public static boolean isName(String namespace) {
    return NAMESPACE.matcher(namespace).matches();
  }

  /** Says what is wrong with invalid names, in one line. */
  public static String problem(Collection<String> invalid) {
    List<String> shown = invalid.stream().limit(SHOWN).map(NamespaceNames::shown).toList();
    return "expected namespaces of 1 to 64 of [.a-zA-Z0-9_-] that don't begin with a dot and aren't"
        + " plugin.disabled, found "
        + shown
        + (invalid.size() > SHOWN ? " and " + (invalid.size() - SHOWN) + " more" : "");
  }

  private static String shown(String name) {
    String line = name.replaceAll("\\p{Cntrl}", "?");
    return line.length() > LONGEST_SHOWN ? line.substring(0, LONGEST_SHOWN) + "…" : line;
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
      problems.report("names", "refused: " + problem(bad));
    }
    return good.isEmpty()
        ? Future.failedFuture(new RegistryException("expected a namespace, found " + namespaces))
        : Future.succeededFuture(good);
  }
}
