package io.loda.agent.source.script;

/** Is told how scheduled runs of a plugin end. */
@FunctionalInterface
public interface RunListener {

  /**
   * A run ended. Any thread; must not block.
   *
   * @param version the name of the folder that it ran in, a commit for a checkout; empty when it
   *     didn't come so far
   */
  void ran(String version, boolean ok);
}
