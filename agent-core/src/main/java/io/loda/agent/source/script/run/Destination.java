package io.loda.agent.source.script.run;

/**
 * The namespace and name prefix of a script plugin's metrics (wire contract, section 2).
 *
 * @param prefix ends with a dot
 */
public record Destination(String namespace, String prefix) {

  /** Projects whose metrics go to the security namespace. */
  private static final String SECURITY = "SEC-";

  /**
   * Returns the destination of a plugin. A project {@code SEC-…} in {@code web.shop.loda} sends
   * {@code SEC.<name>.<metric>} to {@code sec.shop.loda}; a namespace of one part is kept whole
   * after {@code sec.}
   *
   * @param name without {@code PLUGIN.}
   */
  public static Destination of(String namespace, String project, String name) {
    return project.startsWith(SECURITY)
        ? new Destination(
            "sec." + namespace.substring(namespace.indexOf('.') + 1), "SEC." + name + '.')
        : new Destination(namespace, "PLUGIN." + name + '.');
  }
}
