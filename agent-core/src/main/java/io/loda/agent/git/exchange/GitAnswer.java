package io.loda.agent.git.exchange;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;

/**
 * The child's answer.
 *
 * @param cloned true: the folder now has the commit; false: it was on disk already
 */
public record GitAnswer(String commit, boolean cloned) {

  private static final int LONGEST_SHOWN = 200;

  /**
   * Returns the answer as JSON. Written by hand: a JSON library would be half of the classes that
   * the child loads.
   */
  public String json() {
    return "{\"commit\":\"" + commit + "\",\"cloned\":" + cloned + "}";
  }

  public static GitAnswer of(String json) throws IOException {
    try {
      JsonObject object = new JsonObject(json);
      String commit = object.getString("commit", "");
      if (!commit.matches("[0-9a-f]{40}([0-9a-f]{24})?")) {
        throw new IOException("answered without a commit: " + beginning(json));
      }
      return new GitAnswer(commit, object.getBoolean("cloned", false));
    } catch (DecodeException | ClassCastException e) {
      throw new IOException("answered \"" + beginning(json) + '"', e);
    }
  }

  private static String beginning(String text) {
    String line = text.strip();
    return line.length() > LONGEST_SHOWN ? line.substring(0, LONGEST_SHOWN) + "…" : line;
  }
}
