package io.loda.agent.git.exchange;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;

/**
 * What the child found.
 *
 * @param cloned it is in the folder now; otherwise it is one of those that are there
 */
public record GitAnswer(String commit, boolean cloned) {

  private static final int LONGEST_SHOWN = 200;

  /** By hand: a JSON library would be half of what the child loads. */
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
