package io.loda.agent.source.script.run;

/**
 * Where a script plugin's metrics go, and what goes before their names (wire contract, section 2).
 *
 * @param prefix ends with a dot
 */
public record Destination(String namespace, String prefix) {

  /** Projects whose metrics are for those who look after security. */
  private static final String SECURITY = "SEC-";

  /**
   * Of a plugin in a namespace. One of the project {@code SEC-…} in {@code web.shop.loda} sends
   * {@code SEC.<name>.<metric>} to {@code sec.shop.loda}; a namespace of one part is kept whole
   * behind {@code sec.}
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
