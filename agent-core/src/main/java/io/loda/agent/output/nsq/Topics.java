package io.loda.agent.output.nsq;

import io.loda.agent.output.RefusedException;
import java.util.regex.Pattern;

/** Checks the names of topics as nsqd does, before a message is sent. */
final class Topics {

  private static final Pattern NAME = Pattern.compile("[.a-zA-Z0-9_-]+");
  private static final int MAX_LENGTH = 64;
  private static final String EPHEMERAL = "#ephemeral";

  private Topics() {}

  /**
   * Checks a whole name, including the prefix.
   *
   * @param allowEphemeral whether nsqd may keep the topic in memory only
   * @throws RefusedException when nsqd would refuse the name, or it is ephemeral and may not be
   */
  static void check(String topic, boolean allowEphemeral) {
    boolean ephemeral = topic.endsWith(EPHEMERAL);
    String name =
        ephemeral && allowEphemeral
            ? topic.substring(0, topic.length() - EPHEMERAL.length())
            : topic;
    if (topic.length() > MAX_LENGTH || !NAME.matcher(name).matches()) {
      throw new RefusedException(
          "topic: expected 1 to 64 of [.a-zA-Z0-9_-], found \""
              + topic
              + '"'
              + (ephemeral
                  ? "; nsqd keeps #ephemeral topics in memory only: allow-ephemeral"
                  : ""));
    }
  }
}
